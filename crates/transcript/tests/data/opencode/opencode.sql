CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, slug text NOT NULL, directory text NOT NULL,
  title text NOT NULL, version text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE TABLE session_v2 (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, fork_session_id text, slug text NOT NULL, directory text NOT NULL,
  title text, version text NOT NULL, cost real NOT NULL DEFAULT 0, time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer);
CREATE TABLE session_message (id text PRIMARY KEY, session_id text NOT NULL, type text NOT NULL, seq integer NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
CREATE VIEW event AS SELECT * FROM nowhere;
INSERT INTO session VALUES ('ses_both','p',NULL,'s','/w/app','First',1,1700000000000,1700000005000,NULL), ('ses_one','p',NULL,'s','/w/app','Only first',1,1700000010000,1700000015000,NULL);
INSERT INTO message VALUES ('msg_b1','ses_both',1,1,'{"role":"user","time":{"created":1}}');
INSERT INTO part VALUES ('prt_b1','msg_b1','ses_both',1,1,'{"type":"text","text":"first generation says"}');
INSERT INTO message VALUES ('msg_o0','ses_one',1700000009000,1700000009000,'{"role":"assistant","modelID":"m1","time":{"created":1700000009000},"cost":9,"tokens":{"input":900,"output":90}}');
INSERT INTO part VALUES ('prt_o0','msg_o0','ses_one',1,1700000010000,'{"type":"text","text":"copied by a fork"}');
INSERT INTO message VALUES ('msg_o1','ses_one',1700000011000,1700000011000,'{"role":"user","time":{"created":1700000011000}}');
INSERT INTO part VALUES ('prt_o1','msg_o1','ses_one',1,1700000011000,'{"type":"text","text":"hidden","synthetic":true}'), ('prt_o2','msg_o1','ses_one',1,1700000011000,'{"type":"text","text":"a question"}');
INSERT INTO message VALUES ('msg_o2','ses_one',1700000012000,1700000012000,'{"role":"assistant","parentID":"msg_o1","modelID":"m1","time":{"created":1700000012000},"cost":0.25,"tokens":{"input":5,"output":2,"reasoning":1,"cache":{"read":3,"write":4}}}');
INSERT INTO part VALUES ('prt_o3','msg_o2','ses_one',1,1700000012000,'{"type":"reasoning","text":"well"}'), ('prt_o4','msg_o2','ses_one',1,1700000013000,'{"type":"text","text":"an answer"}'),
  ('prt_o5','msg_o2','ses_one',1,1700000013000,'{"type":"tool","callID":"c1","tool":"write","state":{"status":"error","input":{"filePath":"/w/app/b"},"error":"denied"}}');
INSERT INTO session_v2 (id,project_id,parent_id,fork_session_id,slug,directory,title,version,time_created,time_updated) VALUES
  ('ses_both','p',NULL,NULL,'s','/w/app','Second','2.0.17',1700000000000,1700000006000), ('ses_sub','p','ses_both','ses_one','s','/w/app',NULL,'2.0.17',1700000001000,1700000002000), ('ses_none','p',NULL,NULL,'s','/w','Empty','2',1,1);
INSERT INTO session_message VALUES ('msg_b1','ses_both','user',1,1700000001000,1700000001000,'{"text":"second generation says","files":[]}'),
  ('msg_b2','ses_both','assistant',2,1700000002000,1700000004000,'{"agent":"build","model":{"id":"m2","providerID":"p"},"cost":0.5,"tokens":{"input":6,"output":4,"reasoning":2,"cache":{"read":1,"write":0}},"content":[{"type":"reasoning","text":"so"},{"type":"text","text":"answers"},{"type":"tool","id":"t1","name":"edit","state":{"status":"completed","input":{"filePath":"/w/app/c"},"content":[{"type":"text","text":"edited"}]}}]}'),
  ('msg_b3','ses_both','idle',3,1700000005000,1700000005000,'{"outcome":"succeeded"}'), ('msg_s1','ses_sub','user',1,1700000001000,1700000001000,'{"text":"go and look"}'), ('msg_s2','ses_sub','assistant',2,1,1,'no json');
