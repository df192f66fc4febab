CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT NOT NULL, message_count INTEGER, prompt_tokens INTEGER, completion_tokens INTEGER, cost REAL, updated_at INTEGER, created_at INTEGER);
CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, parts TEXT, model TEXT, created_at INTEGER, updated_at INTEGER, finished_at INTEGER);
INSERT INTO sessions VALUES ('cr1',NULL,'Look',2,100,20,0.5,1793527205,1793527200);
INSERT INTO messages VALUES ('m1','cr1','user','[{"type":"text","data":{"text":"look"}}]',NULL,1793527200,1793527200,NULL),
 ('m2','cr1','assistant','[{"type":"reasoning","data":{"thinking":"hm"}},{"type":"text","data":{"text":"seen"}},{"type":"tool_call","data":{"id":"c1","name":"view","input":"{\"file_path\":\"a.go\"}","finished":true}},{"type":"finish","data":{"reason":"tool_use"}}]','m1',1793527201,1793527201,NULL),
 ('m3','cr1','tool','[{"type":"tool_result","data":{"tool_call_id":"c1","name":"view","content":"package a","is_error":false}}]',NULL,1793527202,1793527202,NULL);
