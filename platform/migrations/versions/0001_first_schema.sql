-- Statements are separated by a line that holds only a semicolon, so that function bodies stay whole.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'voucherlab_app') THEN CREATE ROLE voucherlab_app NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'voucherlab_auditor') THEN CREATE ROLE voucherlab_auditor NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was first
END $$
;
DO $$ BEGIN EXECUTE format('GRANT voucherlab_app, voucherlab_auditor TO %I', current_user); END $$
;
-- One row. Every process polls it: version rises with any change of the catalogue, clock_version with the clock.
CREATE TABLE platform_state (
  id smallint PRIMARY KEY CHECK (id = 1),
  version bigint NOT NULL,
  clock_offset_us bigint NOT NULL,
  clock_version bigint NOT NULL,
  epoch bigint NOT NULL                 -- of the hot store: raised by every rebuild
)
;
INSERT INTO platform_state VALUES (1, 1, 0, 1, 1)
;
-- Live processes, each with the versions it has taken; a row without a fresh heartbeat is a dead process.
CREATE TABLE live_process (
  process_id text PRIMARY KEY,
  kind text NOT NULL,
  seen_version bigint NOT NULL,
  seen_clock_version bigint NOT NULL,
  heartbeat_at timestamptz NOT NULL
)
;
CREATE TABLE staff (
  login text PRIMARY KEY,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('bureau', 'auditor', 'operator')),
  password_hash text NOT NULL
)
;
-- The stored effect of a keyed write that has no row of its own to carry the key.
CREATE TABLE stored_effect (
  principal text NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  digest bytea NOT NULL,
  status smallint NOT NULL,
  body bytea NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (principal, operation, key)
)
;
CREATE TABLE audit_entry (
  id bigint PRIMARY KEY CHECK (id > 0),          -- dense: a gap shows a deletion
  at timestamptz NOT NULL,
  business_at timestamptz NOT NULL,
  principal text NOT NULL,
  action text NOT NULL,
  object_id text NOT NULL,
  detail jsonb NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL UNIQUE
)
;
CREATE TABLE person (id text PRIMARY KEY)
;
-- Keyed hashes only: a number that identifies someone is never stored. A matching kind belongs to one person.
CREATE TABLE person_identifier (
  kind text NOT NULL CHECK (kind IN ('account', 'phone', 'card', 'id_number', 'device')),
  keyed_hash bytea NOT NULL,
  person_id text NOT NULL REFERENCES person,
  matches boolean NOT NULL,
  PRIMARY KEY (kind, keyed_hash, person_id)
)
;
CREATE UNIQUE INDEX person_identifier_names_one_person ON person_identifier (kind, keyed_hash) WHERE matches
;
-- Two persons that turned out to be one. Append-only; vouchers keep the person they were issued to.
CREATE TABLE person_merge (
  merged_person text PRIMARY KEY REFERENCES person,
  into_person text NOT NULL REFERENCES person CHECK (into_person <> merged_person),
  merged_at timestamptz NOT NULL
)
;
CREATE TABLE account (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES person,
  device_hash bytea NOT NULL,
  home_district text NOT NULL,
  masked_phone text NOT NULL,
  created_at timestamptz NOT NULL
)
;
CREATE TABLE campaign (
  id text PRIMARY KEY,
  name text NOT NULL,
  paying_account text NOT NULL,
  designated_account text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL
)
;
CREATE TABLE round (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'published')),
  submitted_by text,
  approved_by text CHECK (approved_by <> submitted_by),        -- maker and checker are two people
  published_at timestamptz,
  CHECK (state NOT IN ('approved', 'published') OR (approved_by IS NOT NULL AND submitted_by IS NOT NULL))
)
;
CREATE TABLE batch (
  id text PRIMARY KEY,
  number integer GENERATED ALWAYS AS IDENTITY UNIQUE,          -- short name in the hot store
  round_id text NOT NULL REFERENCES round,
  campaign_id text NOT NULL REFERENCES campaign,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'live', 'paused', 'stopped')),
  face_fen bigint NOT NULL CHECK (face_fen > 0),
  threshold_fen bigint NOT NULL CHECK (threshold_fen > face_fen),
  categories text[] NOT NULL CHECK (cardinality(categories) > 0),
  districts text[] NOT NULL,                                   -- empty: the whole city
  resident_districts text[] NOT NULL,                          -- empty: everybody
  claim_opens_at timestamptz NOT NULL,
  claim_closes_at timestamptz NOT NULL CHECK (claim_closes_at > claim_opens_at),
  valid_from timestamptz NOT NULL,
  valid_until timestamptz NOT NULL CHECK (valid_until > valid_from AND valid_until >= claim_closes_at),
  valid_days integer CHECK (valid_days > 0),
  per_person_limit integer NOT NULL CHECK (per_person_limit > 0),
  rate_limits jsonb NOT NULL,
  refund_regime text NOT NULL CHECK (refund_regime IN ('A', 'A_PRIME', 'B', 'C')),
  refund_days integer NOT NULL CHECK (refund_days >= 0),
  code_mode text NOT NULL CHECK (code_mode IN ('static', 'dynamic'))
)
;
-- What may be issued and what was. The hot store is only a gate: this CHECK is what makes overselling impossible.
CREATE TABLE batch_stock (
  batch_id text PRIMARY KEY REFERENCES batch,
  quota bigint NOT NULL CHECK (quota > 0),
  issued bigint NOT NULL DEFAULT 0 CHECK (issued >= 0),
  voided bigint NOT NULL DEFAULT 0 CHECK (voided >= 0 AND voided <= issued),
  epoch bigint NOT NULL,                                       -- fences commits of a process with an old epoch
  CONSTRAINT never_oversold CHECK (issued - voided <= quota)
)
;
CREATE TABLE ledger_account (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  batch_id text REFERENCES batch,
  kind text NOT NULL CHECK (kind IN
    ('source', 'free', 'reserved', 'held', 'redeemed', 'settled', 'owed', 'in_transit', 'returned')),
  balance_fen bigint NOT NULL DEFAULT 0,
  CHECK ((batch_id IS NOT NULL) = (kind IN ('reserved', 'held', 'redeemed', 'settled', 'owed'))),
  CONSTRAINT nothing_overdrawn CHECK (CASE WHEN kind = 'source' THEN balance_fen <= 0 ELSE balance_fen >= 0 END),
  UNIQUE NULLS NOT DISTINCT (campaign_id, batch_id, kind)
)
;
-- One row moves an amount from debit to credit, so a transfer is balanced by construction. Append-only.
CREATE TABLE ledger_transfer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  debit_account text NOT NULL REFERENCES ledger_account,
  credit_account text NOT NULL REFERENCES ledger_account CHECK (credit_account <> debit_account),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  count integer NOT NULL CHECK (count > 0),
  kind text NOT NULL,
  reference text NOT NULL,
  root bytea,                                                  -- digest of the rows a group transfer stands for
  business_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
)
;
CREATE INDEX ledger_transfer_of_campaign ON ledger_transfer (campaign_id, id)
;
CREATE TABLE deposit (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  bank_reference text NOT NULL UNIQUE,
  booked_at timestamptz NOT NULL
)
;
CREATE TABLE merchant (
  id text PRIMARY KEY,
  uscc text NOT NULL UNIQUE,
  name text NOT NULL,
  district text NOT NULL,
  category text NOT NULL,
  industry_code text NOT NULL,
  size_class text NOT NULL,
  address text NOT NULL,
  latitude double precision NOT NULL,
  longitude double precision NOT NULL,
  admitted boolean NOT NULL,
  suspended boolean NOT NULL DEFAULT false
)
;
CREATE INDEX merchant_by_place_and_trade ON merchant (district, category)
;
CREATE TABLE till (
  till_number text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES merchant
)
;
CREATE INDEX till_of_merchant ON till (merchant_id)
;
CREATE TABLE merchant_import (
  id text PRIMARY KEY,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  report jsonb NOT NULL,
  cells jsonb NOT NULL                                         -- the file as read, to give it back with errors
)
;
CREATE TABLE voucher (
  id text PRIMARY KEY,
  batch_id text NOT NULL REFERENCES batch,
  person_id text NOT NULL,
  account_id text NOT NULL,
  seq bigint NOT NULL CHECK (seq > 0),
  nth integer NOT NULL CHECK (nth > 0),
  claim_key text NOT NULL,
  claim_digest bytea NOT NULL,
  code text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('issued', 'redeemed', 'used_up', 'expired', 'frozen', 'void')),
  claimed_at timestamptz NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (batch_id, seq),
  UNIQUE (account_id, claim_key)
)
;
CREATE UNIQUE INDEX voucher_nth_of_person ON voucher (batch_id, person_id, nth) WHERE state <> 'void'
;
CREATE INDEX voucher_of_account ON voucher (account_id, id)
;
CREATE INDEX voucher_waiting_to_expire ON voucher (valid_until) WHERE state IN ('issued', 'frozen')
;
CREATE TABLE settlement (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  settled_at timestamptz NOT NULL
)
;
CREATE TABLE settlement_line (
  settlement_id text NOT NULL REFERENCES settlement,
  merchant_id text NOT NULL REFERENCES merchant,
  gross_fen bigint NOT NULL CHECK (gross_fen >= 0),
  recovered_fen bigint NOT NULL CHECK (recovered_fen >= 0 AND recovered_fen <= gross_fen),
  PRIMARY KEY (settlement_id, merchant_id)
)
;
CREATE TABLE redemption (
  id text PRIMARY KEY,
  voucher_id text NOT NULL REFERENCES voucher,
  batch_id text NOT NULL REFERENCES batch,
  campaign_id text NOT NULL REFERENCES campaign,
  merchant_id text NOT NULL REFERENCES merchant,
  till_number text NOT NULL,
  order_no text NOT NULL,
  key text NOT NULL,
  digest bytea NOT NULL,
  order_total_fen bigint NOT NULL CHECK (order_total_fen > 0),
  merchant_discount_fen bigint NOT NULL CHECK (merchant_discount_fen >= 0),
  platform_discount_fen bigint NOT NULL CHECK (platform_discount_fen >= 0),
  payable_fen bigint NOT NULL CHECK (payable_fen = order_total_fen - merchant_discount_fen),
  voucher_fen bigint NOT NULL CHECK (voucher_fen > 0),
  paid_fen bigint NOT NULL CHECK (paid_fen >= 1 AND paid_fen = payable_fen - voucher_fen - platform_discount_fen),
  redeemed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),              -- that of the transfer of its group
  settlement_id text REFERENCES settlement,
  reversed boolean NOT NULL DEFAULT false,                     -- refunded whole and the voucher given back
  refund_count integer NOT NULL DEFAULT 0 CHECK (refund_count BETWEEN 0 AND 50),
  refunded_fen bigint NOT NULL DEFAULT 0 CHECK (refunded_fen BETWEEN 0 AND payable_fen),
  user_refunded_fen bigint NOT NULL DEFAULT 0 CHECK (user_refunded_fen BETWEEN 0 AND paid_fen),
  voucher_refunded_fen bigint NOT NULL DEFAULT 0 CHECK (voucher_refunded_fen BETWEEN 0 AND voucher_fen),
  fund_refunded_fen bigint NOT NULL DEFAULT 0 CHECK (fund_refunded_fen BETWEEN 0 AND voucher_refunded_fen),
  UNIQUE (merchant_id, key)
)
;
CREATE UNIQUE INDEX redemption_of_voucher ON redemption (voucher_id) WHERE NOT reversed
;
CREATE UNIQUE INDEX redemption_of_order ON redemption (merchant_id, order_no) WHERE NOT reversed
;
CREATE INDEX redemption_to_settle ON redemption (campaign_id) WHERE settlement_id IS NULL
;
CREATE INDEX redemption_by_time ON redemption (campaign_id, redeemed_at)
;
CREATE INDEX redemption_of_merchant ON redemption (merchant_id, id)
;
CREATE TABLE refund (
  id text PRIMARY KEY,
  redemption_id text NOT NULL REFERENCES redemption,
  merchant_id text NOT NULL REFERENCES merchant,
  number integer NOT NULL CHECK (number BETWEEN 1 AND 50),
  key text NOT NULL,
  digest bytea NOT NULL,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  user_fen bigint NOT NULL CHECK (user_fen >= 0),
  voucher_fen bigint NOT NULL CHECK (voucher_fen >= 0),
  platform_fen bigint NOT NULL CHECK (platform_fen >= 0),
  fund_fen bigint NOT NULL CHECK (fund_fen >= 0 AND fund_fen <= voucher_fen),
  voucher_returned boolean NOT NULL,
  refunded_at timestamptz NOT NULL,
  CHECK (amount_fen = user_fen + voucher_fen + platform_fen),
  UNIQUE (redemption_id, number),
  UNIQUE (merchant_id, key)
)
;
CREATE INDEX refund_by_time ON refund (refunded_at)
;
-- What a merchant owes the fund: a refund after its redemption had been settled.
CREATE TABLE merchant_debt (
  refund_id text PRIMARY KEY REFERENCES refund,
  campaign_id text NOT NULL REFERENCES campaign,
  batch_id text NOT NULL REFERENCES batch,
  merchant_id text NOT NULL REFERENCES merchant,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  recovered_fen bigint NOT NULL DEFAULT 0 CHECK (recovered_fen BETWEEN 0 AND amount_fen)
)
;
CREATE TABLE repayment (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  merchant_id text NOT NULL REFERENCES merchant,
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  bank_reference text NOT NULL UNIQUE
)
;
CREATE TABLE fund_return (
  id text PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaign,
  number integer NOT NULL CHECK (number > 0),
  amount_fen bigint NOT NULL CHECK (amount_fen > 0),
  to_account text NOT NULL,
  state text NOT NULL CHECK (state IN ('in_transit', 'returned')),
  bank_reference text UNIQUE,
  CHECK ((state = 'returned') = (bank_reference IS NOT NULL)),
  UNIQUE (campaign_id, number)
)
;
-- Attempts to claim, counted per batch and business day and outcome: what vouchers alone cannot tell.
CREATE TABLE claim_attempt_count (
  batch_id text NOT NULL REFERENCES batch,
  day date NOT NULL,
  outcome text NOT NULL,
  attempts bigint NOT NULL CHECK (attempts > 0),
  PRIMARY KEY (batch_id, day, outcome)
)
;
-- People who tried (抢券用户数): one row a person, batch and business day. Who got a voucher may be missing: it says so.
CREATE TABLE claim_seeker (
  batch_id text NOT NULL REFERENCES batch,
  day date NOT NULL,
  person_id text NOT NULL,
  PRIMARY KEY (batch_id, day, person_id)
)
;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO voucherlab_app, voucherlab_auditor
;
GRANT INSERT ON ALL TABLES IN SCHEMA public TO voucherlab_app
;
-- UPDATE and DELETE only where a row is a state; what has happened is never rewritten.
GRANT UPDATE ON platform_state, live_process, staff, stored_effect, person_identifier, account, campaign, round, batch,
  batch_stock, ledger_account, merchant, till, voucher, redemption, merchant_debt, fund_return, claim_attempt_count
  TO voucherlab_app
;
GRANT DELETE ON live_process, till TO voucherlab_app
;
GRANT USAGE ON SCHEMA public TO voucherlab_app, voucherlab_auditor
