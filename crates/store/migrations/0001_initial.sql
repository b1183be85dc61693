-- The first schema. Times are milliseconds, credits and money integers, booleans 0 or 1, JSON is text that hot paths don't query.
-- Every table of a project's data begins its key with the project.

CREATE TABLE nodes (
  slot BIGINT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  lease_until BIGINT NOT NULL,
  high_water BIGINT NOT NULL
);

-- What one process at a time may do, such as reading a mailbox.
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until_at BIGINT NOT NULL
);

-- Secrets made once per installation, such as the key that signs unsubscribe links.
CREATE TABLE installation (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE organizations (
  id BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);

CREATE TABLE projects (
  id BIGINT NOT NULL PRIMARY KEY,
  organization_id BIGINT NOT NULL REFERENCES organizations (id),
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  autonomy TEXT NOT NULL,
  self_approval BIGINT NOT NULL,
  connected_agents TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX projects_by_organization ON projects (organization_id, id);

-- A project's own holidays, JSON list, beside those of its leads' countries.
CREATE TABLE own_holidays (
  project_id BIGINT NOT NULL PRIMARY KEY,
  days TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- One row per project (0 is every project) while its kill switch is engaged.
CREATE TABLE kill_switches (
  project_id BIGINT NOT NULL PRIMARY KEY,
  reason TEXT NOT NULL,
  engaged_by TEXT NOT NULL,
  engaged_at BIGINT NOT NULL
);

-- The last numbers of the project's gap-free logs; its row lock orders them.
CREATE TABLE project_logs (
  project_id BIGINT NOT NULL PRIMARY KEY,
  event_sequence BIGINT NOT NULL,
  audit_sequence BIGINT NOT NULL,
  audit_hash TEXT NOT NULL
);

CREATE TABLE users (
  id BIGINT NOT NULL PRIMARY KEY,
  organization_id BIGINT NOT NULL REFERENCES organizations (id),
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id BIGINT NOT NULL PRIMARY KEY,
  project_id BIGINT NOT NULL REFERENCES projects (id),
  dialect TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  user_id BIGINT,
  can_provision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_project ON api_keys (project_id, id);

-- Argon2id in PHC form. Who has no row signs in by a link and sets one.
CREATE TABLE passwords (
  user_id BIGINT NOT NULL PRIMARY KEY,
  hash TEXT NOT NULL,
  set_at BIGINT NOT NULL
);

-- One-time links that let a person in to set a password; kept as hashes.
CREATE TABLE sign_in_links (
  hash TEXT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX sign_in_links_by_expiry ON sign_in_links (expires_at);

-- `project_id` is the project last chosen; `consents` marks a session made on the command line that agrees by itself.
CREATE TABLE sessions (
  hash TEXT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  project_id BIGINT,
  consents BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- How often something was tried by someone in the window that began then: sign-ins, sign-ups, registrations.
CREATE TABLE attempts (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, subject)
){{clustered}};
CREATE INDEX attempts_by_age ON attempts (began_at);

-- Applications of others, registered (RFC 7591) or known by a document at the URL that is their id.
CREATE TABLE oauth_clients (
  issuer TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  uri TEXT,
  redirect_uris TEXT NOT NULL,
  auth_method TEXT NOT NULL,
  secret_hash TEXT,
  refreshes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (issuer, id)
){{clustered}};
CREATE INDEX oauth_clients_by_expiry ON oauth_clients (expires_at) WHERE expires_at IS NOT NULL;

-- What a person let an application do; the family of all tokens that come of it.
CREATE TABLE oauth_grants (
  id BIGINT NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_name TEXT NOT NULL,
  resource TEXT NOT NULL,
  scopes TEXT NOT NULL,
  project_id BIGINT,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  revoked_because TEXT
);
CREATE INDEX oauth_grants_by_user ON oauth_grants (user_id, id);
CREATE INDEX oauth_grants_by_expiry ON oauth_grants (expires_at);

CREATE TABLE oauth_codes (
  hash TEXT NOT NULL PRIMARY KEY,
  grant_id BIGINT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX oauth_codes_by_grant ON oauth_codes (grant_id);
CREATE INDEX oauth_codes_by_expiry ON oauth_codes (expires_at);

-- `used_at` of a refresh token is when it was exchanged for the next one.
CREATE TABLE oauth_tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  grant_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX oauth_tokens_by_grant ON oauth_tokens (grant_id);
CREATE INDEX oauth_tokens_by_expiry ON oauth_tokens (expires_at);

CREATE TABLE idempotency (
  project_id BIGINT NOT NULL,
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  operation TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status BIGINT NOT NULL,
  response TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, principal, key)
){{clustered}};
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE events (
  project_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  lead_id BIGINT,
  agent_id BIGINT,
  subject TEXT,
  data TEXT NOT NULL,
  PRIMARY KEY (project_id, sequence)
){{clustered}};
CREATE INDEX events_by_lead ON events (project_id, lead_id, sequence) WHERE lead_id IS NOT NULL;

CREATE TABLE audit (
  project_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  subject TEXT,
  detail TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (project_id, sequence)
){{clustered}};

CREATE TABLE credit_accounts (
  project_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  balance BIGINT NOT NULL,
  PRIMARY KEY (project_id, kind)
){{clustered}};

CREATE TABLE credit_entries (
  project_id BIGINT NOT NULL,
  transfer_id BIGINT NOT NULL,
  account TEXT NOT NULL,
  amount BIGINT NOT NULL,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, transfer_id, account)
){{clustered}};

CREATE TABLE credit_holds (
  project_id BIGINT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  holders TEXT NOT NULL,
  amount BIGINT NOT NULL,
  state TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, subject)
){{clustered}};

-- What may be spent in a calendar month, and was; `month` counts months since 1970. A holder is `project`, a person's id, or a
-- sub-agent's number behind `agent:`; a purse of its own is the credit account of that name.
CREATE TABLE budgets (
  project_id BIGINT NOT NULL,
  holder TEXT NOT NULL,
  own_purse BIGINT NOT NULL,
  monthly_cap BIGINT NOT NULL,
  month BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  closed BIGINT NOT NULL,
  PRIMARY KEY (project_id, holder)
){{clustered}};

-- Small numbers for nouns that clients know by such.
CREATE TABLE counters (
  project_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (project_id, kind)
){{clustered}};

-- Whom a key of Data Reaktor stands for.
CREATE TABLE sub_agents (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  key_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  tier TEXT NOT NULL,
  callback_url TEXT,
  signing_secret TEXT NOT NULL,
  parent BIGINT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX sub_agents_by_key ON sub_agents (project_id, key_id);

-- Who sells, as JSON.
CREATE TABLE profiles (
  project_id BIGINT NOT NULL PRIMARY KEY,
  data TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Whom a project looks for; `data` is JSON.
CREATE TABLE icps (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};

CREATE TABLE campaigns (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  client_name TEXT,
  status TEXT NOT NULL,
  icp_id BIGINT,
  objective TEXT,
  prompt TEXT,
  sequence_mode BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};

-- Work of a skill or a workflow. `about` is what a search looks at, in small letters.
CREATE TABLE tasks (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  sub_agent BIGINT,
  campaign BIGINT,
  action_id BIGINT,
  about TEXT NOT NULL,
  input TEXT NOT NULL,
  output TEXT,
  made_by TEXT,
  error TEXT,
  cost BIGINT NOT NULL,
  starred BIGINT NOT NULL,
  callback_url TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
);
CREATE INDEX tasks_by_sub_agent ON tasks (project_id, sub_agent, id);
CREATE INDEX tasks_by_campaign ON tasks (project_id, campaign) WHERE campaign IS NOT NULL;
CREATE UNIQUE INDEX tasks_by_action ON tasks (project_id, action_id) WHERE action_id IS NOT NULL;

-- Results on their way to whoever asked; the key is the task's.
CREATE TABLE callbacks (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  sub_agent BIGINT NOT NULL,
  url TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  last_status BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
);

-- Web addresses that are told of events. `cursor` is the number of the last event that was delivered or passed over.
CREATE TABLE webhooks (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,
  secret TEXT NOT NULL,
  state TEXT NOT NULL,
  cursor BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  last_status BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  delivered_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};

-- Tokens that language models used for a project, by day since 1970 (UTC).
CREATE TABLE model_usage (
  project_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  tokens BIGINT NOT NULL,
  PRIMARY KEY (project_id, day)
){{clustered}};

-- What the payment provider says of a project's subscriptions, by its own keys.
CREATE TABLE subscriptions (
  project_id BIGINT NOT NULL REFERENCES projects (id),
  id TEXT NOT NULL,
  customer TEXT NOT NULL,
  plan TEXT NOT NULL,
  billing_interval TEXT NOT NULL,
  status TEXT NOT NULL,
  period_start BIGINT,
  period_end BIGINT,
  cancel_at_period_end BIGINT NOT NULL,
  told_at BIGINT NOT NULL,
  told_rank BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX subscriptions_by_id ON subscriptions (id);
CREATE INDEX subscriptions_by_customer ON subscriptions (customer);

-- The provider's events, so that none is applied twice. One whose subscription is not known yet waits for it.
CREATE TABLE provider_events (
  id TEXT NOT NULL PRIMARY KEY,
  project_id BIGINT,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  subscription TEXT,
  payload TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX provider_events_waiting ON provider_events (subscription) WHERE state = 'waiting';
CREATE INDEX provider_events_by_age ON provider_events (received_at);

-- Invoices whose credits were granted.
CREATE TABLE paid_invoices (
  project_id BIGINT NOT NULL,
  id TEXT NOT NULL,
  subscription TEXT NOT NULL,
  credits BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};

CREATE TABLE companies (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  domain TEXT,
  industry TEXT,
  size TEXT,
  location TEXT,
  custom_fields TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX companies_by_domain ON companies (project_id, domain) WHERE domain IS NOT NULL;
CREATE INDEX companies_by_name ON companies (project_id, name);

CREATE TABLE leads (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  first_name TEXT,
  last_name TEXT,
  email TEXT,
  phone TEXT,
  company TEXT,
  company_id BIGINT,
  role TEXT,
  stage TEXT NOT NULL,
  time_zone TEXT,
  country TEXT,
  language TEXT,
  linkedin_url TEXT,
  agent_id BIGINT,
  owner_id BIGINT,
  custom_fields TEXT NOT NULL,
  meeting_booked BIGINT NOT NULL,
  converted BIGINT NOT NULL,
  outreach_disabled BIGINT NOT NULL,
  replied_at BIGINT,
  last_activity_at BIGINT,
  soft_bounces BIGINT NOT NULL,
  source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX leads_by_email ON leads (project_id, email) WHERE email IS NOT NULL;
CREATE INDEX leads_by_phone ON leads (project_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX leads_by_company ON leads (project_id, company_id) WHERE company_id IS NOT NULL;
CREATE INDEX leads_by_owner ON leads (project_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX leads_by_agent ON leads (project_id, agent_id, id) WHERE agent_id IS NOT NULL;

-- sqlite only
-- Which leads have which three letters in a row, not where: candidates for a search. Larger runs in memory mean fewer merges.
CREATE VIRTUAL TABLE leads_search USING fts5 (text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1');
INSERT INTO leads_search (leads_search, rank) VALUES ('hashsize', 33554432);
-- end
-- postgres only
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX leads_search ON leads USING gin ((lower(' ' || name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))) gin_trgm_ops);
-- end

-- Companies and people that can be discovered: what the operator imported. `terms` is what the index holds of a company.
CREATE TABLE prospect_companies (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  known_by TEXT NOT NULL,
  name TEXT NOT NULL,
  domain TEXT,
  industries TEXT NOT NULL,
  description TEXT,
  city TEXT,
  region TEXT,
  country TEXT,
  employees_min BIGINT,
  employees_max BIGINT,
  founded BIGINT,
  hiring TEXT NOT NULL,
  technologies TEXT NOT NULL,
  phone TEXT,
  linkedin_url TEXT,
  terms TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX prospect_companies_known ON prospect_companies (project_id, known_by);

CREATE TABLE prospect_people (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  company_id BIGINT NOT NULL,
  known_by TEXT NOT NULL,
  name TEXT NOT NULL,
  first_name TEXT,
  last_name TEXT,
  role TEXT,
  email TEXT,
  phone TEXT,
  linkedin_url TEXT,
  country TEXT,
  time_zone TEXT,
  lead_id BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX prospect_people_known ON prospect_people (project_id, known_by);
CREATE INDEX prospect_people_by_company ON prospect_people (project_id, company_id, id);

-- Companies that a project has paid for, so that none is paid for twice.
CREATE TABLE discovered_companies (
  project_id BIGINT NOT NULL,
  prospect_id BIGINT NOT NULL,
  company_id BIGINT,
  credits BIGINT NOT NULL,
  found_by TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, prospect_id)
){{clustered}};

-- Sellers who may discover their assigned accounts alone, and these.
CREATE TABLE restricted_sellers (
  project_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY (project_id, user_id)
){{clustered}};

CREATE TABLE assigned_accounts (
  project_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  domain TEXT NOT NULL,
  PRIMARY KEY (project_id, user_id, domain)
){{clustered}};

-- sqlite only
-- Which companies have which terms, not where nor how often.
CREATE VIRTUAL TABLE prospects_search USING fts5 (text, content='', columnsize=0, detail=none, tokenize='ascii');
-- end
-- postgres only
CREATE INDEX prospects_search ON prospect_companies USING gin ((string_to_array(terms, ' ')));
-- end

CREATE TABLE agents (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  active BIGINT NOT NULL,
  automation_enabled BIGINT NOT NULL,
  outreach_model TEXT NOT NULL,
  language TEXT,
  autonomy TEXT,
  brain TEXT NOT NULL,
  calling TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};

-- The part of an agent that follows a playbook by itself. The Markdown is for people, the structure what the planner follows.
CREATE TABLE playbooks (
  project_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  description TEXT,
  template TEXT,
  markdown TEXT,
  version BIGINT NOT NULL,
  structure TEXT,
  capabilities TEXT NOT NULL,
  identity_id BIGINT,
  monitoring TEXT NOT NULL,
  llm_config TEXT,
  enabled BIGINT NOT NULL,
  scan_after BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, agent_id)
){{clustered}};

-- Which events start which agents' playbooks.
CREATE TABLE playbook_triggers (
  project_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  agent_id BIGINT NOT NULL,
  PRIMARY KEY (project_id, kind, agent_id)
){{clustered}};

-- One row per contact that an agent's playbook ever took up; the claim on it is atomic, so that no two runs have it at once.
CREATE TABLE playbook_contacts (
  project_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  occurrence BIGINT NOT NULL,
  open BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  free_before BIGINT NOT NULL,
  before_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, agent_id, lead_id)
){{clustered}};

CREATE TABLE runs (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  cause TEXT NOT NULL,
  source TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  inputs TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  scanned BIGINT NOT NULL,
  contacts BIGINT NOT NULL,
  open_contacts BIGINT NOT NULL,
  planned_to BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  paused_at BIGINT,
  started_at BIGINT,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX runs_by_cause ON runs (project_id, cause);
CREATE INDEX runs_by_agent ON runs (project_id, agent_id, id);

CREATE TABLE run_contacts (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  agent_id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  occurrence BIGINT NOT NULL,
  wave BIGINT NOT NULL,
  next_after BIGINT,
  facts TEXT NOT NULL,
  due_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX run_contacts_by_run ON run_contacts (project_id, run_id, lead_id);
CREATE INDEX run_contacts_in_order ON run_contacts (project_id, run_id, id);
CREATE INDEX run_contacts_open_of_lead ON run_contacts (project_id, lead_id) WHERE finished_at IS NULL;

-- Every step decided for a contact, also those passed over, with the facts it rests on.
CREATE TABLE decisions (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  run_contact_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  wave BIGINT NOT NULL,
  step TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  facts TEXT NOT NULL,
  action_id BIGINT,
  output TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX decisions_by_contact ON decisions (project_id, run_contact_id, position);

CREATE TABLE segments (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  filter TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX segments_by_name ON segments (project_id, name);

-- When a signal (something a contact did elsewhere, such as visiting the pricing page) was last recorded for a lead.
CREATE TABLE signals (
  project_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  lead_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, name, lead_id)
){{clustered}};
CREATE INDEX signals_by_time ON signals (project_id, name, at);
CREATE INDEX signals_by_lead ON signals (project_id, lead_id);

CREATE TABLE notes (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  agent_id BIGINT,
  action_id BIGINT,
  text TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE INDEX notes_by_lead ON notes (project_id, lead_id, id);

-- What people shall do: tasks, LinkedIn messages ready to be sent by hand, calls for help of an agent.
CREATE TABLE person_tasks (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  lead_id BIGINT,
  agent_id BIGINT,
  action_id BIGINT,
  title TEXT NOT NULL,
  text TEXT,
  link TEXT,
  status TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  done_by TEXT,
  done_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE INDEX person_tasks_by_status ON person_tasks (project_id, status, id);
CREATE INDEX person_tasks_by_lead ON person_tasks (project_id, lead_id, id) WHERE lead_id IS NOT NULL;

CREATE TABLE identities (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT,
  address TEXT NOT NULL,
  reply_to TEXT,
  transport TEXT NOT NULL,
  mailbox TEXT,
  agent_id BIGINT,
  owner_id BIGINT,
  inbound_agent_id BIGINT,
  country TEXT,
  concurrency BIGINT NOT NULL,
  active BIGINT NOT NULL,
  time_zone TEXT NOT NULL,
  ramp TEXT NOT NULL,
  ramp_from BIGINT NOT NULL,
  gap_ms BIGINT NOT NULL,
  next_slot_at BIGINT NOT NULL,
  full_before_day BIGINT NOT NULL,
  domain_check TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX identities_by_address ON identities (project_id, address);
CREATE INDEX identities_everywhere ON identities (address);

CREATE TABLE identity_days (
  project_id BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  PRIMARY KEY (project_id, identity_id, day)
){{clustered}};

CREATE TABLE mailbox_cursors (
  project_id BIGINT NOT NULL,
  identity_id BIGINT NOT NULL,
  uid_validity BIGINT NOT NULL,
  uid BIGINT NOT NULL,
  PRIMARY KEY (project_id, identity_id)
){{clustered}};

CREATE TABLE templates (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX templates_by_name ON templates (project_id, name);

CREATE TABLE sequences (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  agent_id BIGINT,
  status TEXT NOT NULL,
  version BIGINT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX sequences_by_name ON sequences (project_id, name);

CREATE TABLE enrollments (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  sequence_id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  step TEXT,
  done_step TEXT,
  heard_at BIGINT,
  due_at BIGINT,
  reason TEXT,
  identity_id BIGINT,
  thread_id BIGINT,
  action_id BIGINT,
  via TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX enrollments_by_sequence_lead ON enrollments (project_id, sequence_id, lead_id);
CREATE INDEX enrollments_by_lead ON enrollments (project_id, lead_id);

CREATE TABLE actions (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  cause TEXT NOT NULL,
  lead_id BIGINT NOT NULL,
  agent_id BIGINT,
  identity_id BIGINT,
  sequence_id BIGINT,
  enrollment_id BIGINT,
  step TEXT,
  variant TEXT,
  message_id BIGINT,
  decision_id BIGINT,
  content TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  detail TEXT,
  hold_gate TEXT,
  hold_reason TEXT,
  digest TEXT NOT NULL,
  problems TEXT NOT NULL,
  approval TEXT NOT NULL,
  approved_digest TEXT,
  approved_by TEXT,
  approved_at BIGINT,
  expires_at BIGINT,
  proposed_by TEXT NOT NULL,
  due_at BIGINT,
  slot_day BIGINT,
  attempts BIGINT NOT NULL,
  token BIGINT,
  cost BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX actions_by_cause ON actions (project_id, lead_id, channel, cause);
CREATE INDEX actions_by_state ON actions (project_id, state, id);
CREATE INDEX actions_waiting_of_agent ON actions (project_id, agent_id, id) WHERE state = 'pending_approval';

-- One row per contact, channel and cause that was ever handed over; outlives leads, agents and sequences.
CREATE TABLE ledger (
  project_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  cause TEXT NOT NULL,
  action_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  handed_at BIGINT NOT NULL,
  settled_at BIGINT,
  PRIMARY KEY (project_id, channel, address, cause)
){{clustered}};

CREATE TABLE threads (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  identity_id BIGINT,
  subject TEXT NOT NULL,
  last_direction TEXT NOT NULL,
  last_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE INDEX threads_by_lead ON threads (project_id, lead_id, id);

CREATE TABLE messages (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  direction TEXT NOT NULL,
  kind TEXT NOT NULL,
  lead_id BIGINT NOT NULL,
  thread_id BIGINT,
  action_id BIGINT,
  agent_id BIGINT,
  identity_id BIGINT,
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT,
  header_id TEXT NOT NULL,
  reply_to_header TEXT,
  status TEXT NOT NULL,
  response TEXT,
  class TEXT,
  evidence TEXT,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  bounced_at BIGINT,
  PRIMARY KEY (project_id, id)
);
CREATE INDEX messages_by_lead ON messages (project_id, lead_id, id);
CREATE INDEX messages_by_agent ON messages (project_id, agent_id) WHERE agent_id IS NOT NULL AND direction = 'out' AND sent_at IS NOT NULL;
CREATE UNIQUE INDEX messages_by_header ON messages (project_id, header_id, direction);
CREATE INDEX messages_by_thread ON messages (project_id, thread_id, id) WHERE thread_id IS NOT NULL;

-- One row per text message, in or out. One that goes out has the number of its action.
CREATE TABLE texts (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  direction TEXT NOT NULL,
  lead_id BIGINT NOT NULL,
  agent_id BIGINT,
  identity_id BIGINT,
  lead_phone TEXT NOT NULL,
  our_phone TEXT NOT NULL,
  text TEXT NOT NULL,
  status TEXT NOT NULL,
  class TEXT,
  evidence TEXT,
  carrier TEXT NOT NULL,
  carrier_id TEXT,
  response TEXT,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE INDEX texts_by_lead ON texts (project_id, lead_id, id);
CREATE UNIQUE INDEX texts_by_carrier ON texts (carrier, carrier_id, direction) WHERE carrier_id IS NOT NULL;

-- One row per call, in or out. A call that goes out has the number of its action.
CREATE TABLE calls (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  lead_id BIGINT NOT NULL,
  agent_id BIGINT,
  identity_id BIGINT,
  action_id BIGINT,
  direction TEXT NOT NULL,
  lead_phone TEXT NOT NULL,
  agent_phone TEXT,
  status TEXT NOT NULL,
  outcome TEXT,
  ending TEXT,
  reason TEXT,
  carrier TEXT,
  carrier_id TEXT,
  template TEXT,
  call_reason TEXT,
  first_message TEXT,
  variables TEXT NOT NULL,
  opening TEXT NOT NULL,
  discloses BIGINT NOT NULL,
  script TEXT,
  output TEXT NOT NULL,
  estimated_minutes BIGINT,
  billable_minutes BIGINT NOT NULL,
  minute_price BIGINT NOT NULL,
  summary TEXT,
  transcript TEXT NOT NULL,
  heard TEXT NOT NULL,
  turn BIGINT NOT NULL,
  recording_type TEXT,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  answered_at BIGINT,
  finished_at BIGINT,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX calls_by_carrier ON calls (carrier, carrier_id) WHERE carrier_id IS NOT NULL;
CREATE INDEX calls_by_lead ON calls (project_id, lead_id, id);
CREATE INDEX calls_by_agent ON calls (project_id, agent_id, id) WHERE agent_id IS NOT NULL;
CREATE INDEX calls_by_status ON calls (project_id, status, id);
CREATE INDEX calls_by_start ON calls (project_id, started_at) WHERE started_at IS NOT NULL;
CREATE INDEX calls_by_number ON calls (project_id, lead_phone, started_at) WHERE started_at IS NOT NULL;
CREATE INDEX calls_on_line ON calls (project_id, identity_id) WHERE status IN ('dialing', 'in_progress', 'unknown');

-- What carriers reported, each report once.
CREATE TABLE call_events (
  project_id BIGINT NOT NULL,
  call_id BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT,
  happened_at BIGINT NOT NULL,
  heard_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, call_id, sequence)
){{clustered}};

CREATE TABLE recordings (
  project_id BIGINT NOT NULL,
  call_id BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  bytes {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, call_id)
);

CREATE TABLE suppressions (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT,
  lead_id BIGINT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
){{clustered}};
CREATE UNIQUE INDEX suppressions_by_value ON suppressions (project_id, kind, value);

-- Claiming pushes `due_at` to the lease's end, so one index serves due work and expired leases; parked jobs have none.
CREATE TABLE jobs (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  due_at BIGINT,
  parked TEXT,
  attempts BIGINT NOT NULL,
  token BIGINT NOT NULL,
  payload TEXT,
  last_error TEXT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_by_subject ON jobs (project_id, kind, subject_id);
CREATE INDEX jobs_by_due ON jobs (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_by_parking ON jobs (project_id, parked) WHERE parked IS NOT NULL;

CREATE TABLE captured_mails (
  project_id BIGINT NOT NULL,
  id BIGINT NOT NULL,
  direction TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  header_id TEXT,
  raw {{blob}} NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (project_id, id)
);
