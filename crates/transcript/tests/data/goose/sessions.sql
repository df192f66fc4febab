CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, description TEXT, working_dir TEXT, created_at TIMESTAMP, updated_at TIMESTAMP, accumulated_input_tokens INTEGER, accumulated_output_tokens INTEGER);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, session_id TEXT, role TEXT, content_json TEXT, created_timestamp INTEGER);
INSERT INTO sessions VALUES ('20261101_1','n','Look','/w/app','2026-11-01 10:00:00','2026-11-01 10:01:00',100,20);
INSERT INTO messages (message_id, session_id, role, content_json, created_timestamp) VALUES
 ('g1','20261101_1','user','[{"type":"text","text":"look"}]',1793527200),
 (NULL,'20261101_1','assistant','[{"type":"thinking","thinking":"I should"},{"type":"text","text":"I will"},{"type":"toolRequest","id":"c1","toolCall":{"status":"success","value":{"name":"Read","arguments":{"file_path":"a.go"}}}}]',1793527201),
 ('g3','20261101_1','user','[{"type":"toolResponse","id":"c1","toolResult":{"status":"success","value":{"content":[{"type":"text","text":"package a"}]}}}]',1793527202);
