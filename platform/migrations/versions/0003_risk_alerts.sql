-- Statements are separated by a line that holds only a semicolon.
-- Rises whenever a subject is frozen or released; the pulse polls it with the row's other versions.
ALTER TABLE platform_state ADD COLUMN guard_version bigint NOT NULL DEFAULT 1
;
-- A rule met by a subject. Devices and addresses stand here as keyed hashes only.
CREATE TABLE risk_alert (
  id text PRIMARY KEY,
  rule text NOT NULL,
  moment text NOT NULL CHECK (moment IN ('claim', 'redemption')),
  action text NOT NULL CHECK (action IN ('block', 'flag')),
  subject_kind text NOT NULL CHECK (subject_kind IN ('person', 'device', 'address', 'merchant', 'till')),
  subject_id text NOT NULL,
  batch_id text REFERENCES batch,
  merchant_id text REFERENCES merchant,
  raised_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  count bigint NOT NULL CHECK (count > 0),
  evidence jsonb NOT NULL,
  reason_zh text NOT NULL,
  reason_en text NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'released', 'confirmed')),
  decided_by text,
  decided_at timestamptz,
  decision_reason text,
  released_version bigint,                                     -- guard_version from which on the subject is free
  released_real_at timestamptz,                                -- what came before counts no more
  CONSTRAINT decided_by_a_person CHECK ((state = 'open') = (decided_by IS NULL) AND (state = 'open') = (decided_at IS NULL)
    AND (state = 'open') = (decision_reason IS NULL)),
  CONSTRAINT released_at_a_version CHECK ((state = 'released') = (released_version IS NOT NULL)
    AND (state = 'released') = (released_real_at IS NOT NULL))
)
;
-- Raised once: as long as nobody has released it, the same alert grows.
CREATE UNIQUE INDEX risk_alert_of_subject ON risk_alert (rule, subject_kind, subject_id) WHERE state <> 'released'
;
CREATE INDEX risk_alert_by_state ON risk_alert (state, id)
;
CREATE INDEX risk_alert_freezing ON risk_alert (subject_kind, subject_id) WHERE action = 'block' AND state <> 'released'
;
CREATE INDEX risk_alert_released ON risk_alert (rule, subject_kind, subject_id, released_version) WHERE state = 'released'
;
CREATE INDEX risk_alert_by_release ON risk_alert (released_version) WHERE state = 'released'
;
-- What a process saw of a subject that it could not overlook: in one window, of one member (a person on a device, say).
CREATE TABLE risk_sighting (
  rule text NOT NULL,
  subject_id text NOT NULL,
  window_number bigint NOT NULL,                               -- real time, divided by the length of the rule's window
  member text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  forget_at timestamptz NOT NULL,
  PRIMARY KEY (rule, subject_id, window_number, member)
)
;
CREATE INDEX risk_sighting_to_forget ON risk_sighting (forget_at)
;
GRANT SELECT, INSERT, UPDATE ON risk_alert TO voucherlab_app
;
GRANT SELECT, INSERT, UPDATE, DELETE ON risk_sighting TO voucherlab_app
;
GRANT SELECT ON risk_alert, risk_sighting TO voucherlab_auditor
