import {
  choice,
  key,
  list,
  longSecret,
  optionalUrl,
  port,
  type Setting,
  secret,
  setting,
  text,
  url,
  urls,
  whole,
} from './setting.ts'

/**
 * Every setting of every process, read and checked in one place; nothing else reads the environment.
 * A missing or wrong setting stops the start with a sentence that says how to mend it.
 */

export const settings = {
  environment: setting('NODE_ENV', 'development', choice('development', 'test', 'production'), 'what this run is for'),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    choice('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    'least level that is logged',
  ),
  host: setting('HOST', '127.0.0.1', text, 'address on which the services listen'),
  dataDir: setting('DATA_DIR', './data', text, 'folder of the embedded stores and of the demo facts'),
  publicUrl: setting(
    'PUBLIC_URL',
    'http://localhost:{GATEWAY_PORT}',
    url('http', 'https'),
    "this server's own address, as clients see it",
  ),

  gatewayPort: setting('GATEWAY_PORT', '5080', port, 'port of the gateway'),
  commandApiPort: setting('COMMAND_API_PORT', '5002', port, 'port of command-api'),
  queryApiPort: setting('QUERY_API_PORT', '5003', port, 'port of query-api'),
  realtimePort: setting('REALTIME_PORT', '5004', port, 'port of realtime'),
  projectorsPort: setting('PROJECTORS_PORT', '5005', port, 'port of health and metrics of the projectors'),
  flowEnginePort: setting('FLOW_ENGINE_PORT', '5006', port, 'port of health and metrics of flow-engine'),

  eventStorePort: setting('EVENTSTORE_PORT', '2113', port, 'port of the embedded event store'),
  postgresPort: setting('POSTGRES_PORT', '5433', port, 'port of the embedded Postgres'),
  redisPort: setting('REDIS_PORT', '6380', port, 'port of the embedded Redis'),

  commandApiUrl: setting('COMMAND_API_URL', '', optionalUrl, 'where others find command-api; empty: this host'),
  queryApiUrl: setting('QUERY_API_URL', '', optionalUrl, 'where the gateway finds query-api; empty: this host'),
  realtimeUrls: setting(
    'REALTIME_URL',
    '',
    urls,
    'where the gateway finds realtime, its instances by comma; empty: this host',
  ),
  realtimeInstances: setting(
    'REALTIME_INSTANCES',
    '1',
    whole(1, 64),
    'how many realtime processes `make run` starts; the others than the first on free ports',
  ),
  gatewayUrl: setting('GATEWAY_URL', '', optionalUrl, 'where realtime finds the gateway; empty: this host'),

  eventStoreUrl: setting(
    'EVENTSTORE_URL',
    'esdb://127.0.0.1:{EVENTSTORE_PORT}?tls=false',
    url('esdb', 'esdb+discover'),
    'connection string of EventStoreDB',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    'postgres://parley:parley@127.0.0.1:{POSTGRES_PORT}/parley',
    url('postgres', 'postgresql'),
    'Postgres, with the right to create schemas',
  ),
  readDatabaseUrl: setting(
    'DATABASE_READ_URL',
    'postgres://parley_read:parley_read@127.0.0.1:{POSTGRES_PORT}/parley',
    url('postgres', 'postgresql'),
    'Postgres as the read-only role of query-api',
  ),
  redisUrl: setting('REDIS_URL', 'redis://127.0.0.1:{REDIS_PORT}', url('redis', 'rediss'), 'Redis'),

  appendTimeoutMs: setting(
    'APPEND_TIMEOUT_MS',
    '5000',
    whole(100, 120_000),
    'how long an append may take before its outcome is looked up',
  ),
  stateCacheSize: setting(
    'STATE_CACHE_SIZE',
    '100000',
    whole(1, 10_000_000),
    'how many events, folded into states, command-api keeps in memory',
  ),
  projectorShard: setting('PROJECTOR_SHARD', '0', whole(0, 255), 'which shard this projector process takes'),
  projectorShards: setting('PROJECTOR_SHARDS', '1', whole(1, 256), 'how many shards the projections are split into'),
  retentionHours: setting(
    'RETENTION_HOURS',
    '24',
    whole(1, 500),
    'how often flow-engine erases contacts whom their workspace keeps no longer, in hours; always when it starts',
  ),
  waitForMs: setting('WAIT_FOR_MS', '2000', whole(0, 60_000), 'how long a query waits for X-Wait-For'),

  realtimeBufferBytes: setting(
    'REALTIME_BUFFER_BYTES',
    '1048576',
    whole(65_536, 268_435_456),
    'bytes that may wait for a socket before it is cut as too slow',
  ),
  realtimeStallMs: setting(
    'REALTIME_STALL_MS',
    '10000',
    whole(10, 600_000),
    'how long a full socket may take nothing before it is cut as too slow',
  ),
  realtimeFrameRate: setting(
    'REALTIME_FRAME_RATE',
    '20',
    whole(1, 100_000),
    'frames a second that a socket may send for long',
  ),
  realtimeMaxRooms: setting('REALTIME_MAX_ROOMS', '200', whole(1, 10_000), 'rooms that a socket may be in'),
  realtimeMaxSockets: setting('REALTIME_MAX_SOCKETS', '20000', whole(1, 1_000_000), 'sockets of one realtime process'),
  realtimeHeartbeatMs: setting(
    'REALTIME_HEARTBEAT_MS',
    '25000',
    whole(100, 600_000),
    'how often a socket is pinged; one that has not answered by the next ping is cut',
  ),
  realtimeClientTimeoutMs: setting(
    'REALTIME_CLIENT_TIMEOUT_MS',
    '30000',
    whole(1000, 600_000),
    'how long nothing may be heard of a SignalR client, and how long one that resumes by itself may be away',
  ),
  realtimeInboxResume: setting(
    'REALTIME_INBOX_RESUME',
    '20000',
    whole(1, 10_000_000),
    'events of the log that resuming the inbox may read; who is further behind loads it anew',
  ),
  realtimePresenceMs: setting(
    'REALTIME_PRESENCE_MS',
    '45000',
    whole(300, 600_000),
    'how long those who are connected to a realtime process that died are still believed to be there',
  ),

  fcmUrl: setting(
    'FCM_URL',
    'https://fcm.googleapis.com',
    url('http', 'https'),
    'Firebase Cloud Messaging, or what stands for it',
  ),
  fcmTokenUrl: setting(
    'FCM_TOKEN_URL',
    'https://oauth2.googleapis.com/token',
    url('http', 'https'),
    'where service accounts get their access tokens; the token_uri that an account names is not used',
  ),
  apnsUrl: setting(
    'APNS_URL',
    '',
    optionalUrl,
    "what stands for Apple's servers of pushes (http: HTTP/2 without TLS); empty: Apple's",
  ),
  pushAttempts: setting('PUSH_ATTEMPTS', '8', whole(1, 100), 'how often a push is tried before it is a dead letter'),
  pushRetryMs: setting(
    'PUSH_RETRY_MS',
    '2000',
    whole(1, 600_000),
    'milliseconds before the second try of a push; each further pause is twice as long',
  ),

  flowConcurrency: setting(
    'FLOW_CONCURRENCY',
    '16',
    whole(1, 1000),
    'steps of flows that a flow-engine process does at the same time',
  ),
  flowWorkers: setting(
    'FLOW_WORKERS',
    '1',
    whole(1, 64),
    'how many flow-engine processes `make run` starts; the others than the first on free ports',
  ),
  flowAttempts: setting(
    'FLOW_ATTEMPTS',
    '5',
    whole(1, 100),
    'how often a step of a flow is tried that fails, such as a webhook; what of ours is away is waited for',
  ),
  flowRetryMs: setting(
    'FLOW_RETRY_MS',
    '1000',
    whole(1, 600_000),
    'milliseconds before the second try of a step; each further pause is twice as long',
  ),

  automationConcurrency: setting(
    'AUTOMATION_CONCURRENCY',
    '16',
    whole(1, 1000),
    'runs of automations that a flow-engine process does at the same time',
  ),
  automationAttempts: setting(
    'AUTOMATION_ATTEMPTS',
    '6',
    whole(1, 100),
    'how often the webhook of an automation is tried; what of ours is away is waited for',
  ),
  automationRetryMs: setting(
    'AUTOMATION_RETRY_MS',
    '2000',
    whole(1, 600_000),
    'milliseconds before the second try of the webhook of an automation; each further pause is twice as long',
  ),
  automationNoReplyMs: setting(
    'AUTOMATION_NO_REPLY_MS',
    '15000',
    whole(100, 600_000),
    'how often flow-engine looks for messages that nobody has answered',
  ),

  outboundPrivate: setting(
    'OUTBOUND_PRIVATE',
    'off',
    choice('on', 'off'),
    'on lets webhooks be sent to loopback and private addresses, which tests and a house of your own may need',
  ),

  whatsappUrl: setting(
    'WHATSAPP_URL',
    'https://graph.facebook.com',
    url('http', 'https'),
    "Meta's Graph API, which has WhatsApp's Cloud API, or what stands for it",
  ),
  whatsappAttempts: setting(
    'WHATSAPP_ATTEMPTS',
    '10',
    whole(1, 100),
    'how often a message is tried on WhatsApp before it is a dead letter',
  ),
  whatsappRetryMs: setting(
    'WHATSAPP_RETRY_MS',
    '2000',
    whole(1, 600_000),
    'milliseconds before the second try of a message on WhatsApp; each further pause is twice as long',
  ),

  webhookAttempts: setting(
    'WEBHOOK_ATTEMPTS',
    '12',
    whole(1, 100),
    'how often a delivery to a webhook is tried before it is a dead letter',
  ),
  webhookRetryMs: setting(
    'WEBHOOK_RETRY_MS',
    '5000',
    whole(1, 600_000),
    'milliseconds before the second try of a delivery; each further pause is twice as long, up to an hour',
  ),
  webhookTimeoutMs: setting(
    'WEBHOOK_TIMEOUT_MS',
    '10000',
    whole(50, 60_000),
    'milliseconds within which a webhook must have answered',
  ),
  webhookLogDays: setting('WEBHOOK_LOG_DAYS', '30', whole(1, 3650), 'days for which deliveries are kept'),
  webhookConcurrency: setting(
    'WEBHOOK_CONCURRENCY',
    '32',
    whole(1, 1000),
    'conversations of which one flow-engine process delivers to webhooks at the same time',
  ),

  goTrueUrl: setting('GOTRUE_URL', '', optionalUrl, 'a real GoTrue that issues the tokens; empty: the gateway does'),
  jwksUrl: setting('JWKS_URL', '', optionalUrl, 'keys of another issuer of access tokens'),
  accessTokenSeconds: setting('ACCESS_TOKEN_SECONDS', '3600', whole(1, 86_400), 'how long an access token lasts'),
  rateLimits: setting('RATE_LIMITS', 'on', choice('on', 'off'), 'off turns every rate limit off'),
  rateLimitUser: setting('RATE_LIMIT_USER', '100', whole(1, 10_000_000), 'requests a minute of one user'),
  rateLimitWidget: setting(
    'RATE_LIMIT_WIDGET',
    '60',
    whole(1, 10_000_000),
    'requests a minute of one address without credential',
  ),
  rateLimitScale: setting(
    'RATE_LIMIT_SCALE',
    '100',
    whole(1, 1_000_000),
    'per cent of the limits that single endpoints have of their own',
  ),
  trustedProxies: setting('TRUSTED_PROXIES', '0', whole(0, 16), 'how many proxies stand before the gateway'),
  corsOrigins: setting(
    'CORS_ORIGINS',
    '*',
    list,
    'origins that may call the API from a browser, by comma; * for all, without cookies',
  ),
  metricsPublic: setting(
    'METRICS_PUBLIC',
    'off',
    choice('on', 'off'),
    'on lets everybody read /metrics of the gateway, not only this host',
  ),

  blobsDir: setting('BLOBS_DIR', '{DATA_DIR}/blobs', text, 'folder of the bytes of files, where they lie in no bucket'),
  blobsS3Bucket: setting('BLOBS_S3_BUCKET', '', text, 'bucket of the bytes of files, in an S3-compatible store'),
  blobsS3Endpoint: setting('BLOBS_S3_ENDPOINT', '', optionalUrl, 'address of that store; empty: that of AWS'),
  blobsS3Region: setting('BLOBS_S3_REGION', 'us-east-1', text, 'region of that store'),
  blobsS3AccessKeyId: setting('BLOBS_S3_ACCESS_KEY_ID', '', text, 'key of that store; empty: as the AWS SDK finds it'),
  blobsS3SecretAccessKey: setting('BLOBS_S3_SECRET_ACCESS_KEY', '', text, 'secret of that key'),

  aiBaseUrl: setting(
    'AI_BASE_URL',
    '',
    optionalUrl,
    'OpenAI-compatible API that writes reply suggestions, such as https://api.openai.com/v1; empty: earlier replies are found',
  ),
  aiApiKey: setting('AI_API_KEY', '', text, 'key of that API'),
  aiModel: setting('AI_MODEL', 'gpt-4o-mini', text, 'model that writes them'),

  goTrueSecret: secret(
    'GOTRUE_JWT_SECRET',
    'demo-gotrue-secret-0000000000000000',
    longSecret,
    'signs access tokens (HS256)',
  ),
  internalSecret: secret(
    'INTERNAL_JWT_SECRET',
    'demo-internal-secret-00000000000000',
    longSecret,
    'signs the tokens between services (HS256)',
  ),
  visitorSecret: secret(
    'VISITOR_TOKEN_SECRET',
    'demo-visitor-secret-000000000000000',
    longSecret,
    'signs visitor tokens (HS256)',
  ),
  idSecret: secret('ID_SECRET', 'demo-id-secret-00000000000000000000', longSecret, 'makes derived ids unguessable'),
  vaultKey: secret(
    'VAULT_MASTER_KEY',
    Buffer.alloc(32, 'demo').toString('base64'),
    key,
    'wraps the keys of personal data',
  ),
} as const

export type Config = {
  readonly [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never
}

export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Reads all settings; throws one ConfigError that names every wrong one and how to mend it. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const production = env.NODE_ENV === 'production'
  const wrong: string[] = []
  const entries = Object.entries(settings).map(([name, setting]: [string, Setting<unknown>]) => {
    const given = env[setting.env]
    const value = given ?? fallbackOf(setting, env)
    if (production && setting.secret && value === setting.fallback) {
      wrong.push(`${setting.env} is the demo secret: set your own (${setting.about})`)
    }
    try {
      return [name, setting.read(value)]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const shown = setting.secret ? '' : ` It is "${value}".`
      wrong.push(`${setting.env} ${reason} (${setting.about}).${shown}`)
      return [name, undefined]
    }
  })
  const config = Object.fromEntries(entries)
  if (config.projectorShard >= config.projectorShards) {
    wrong.push(
      `PROJECTOR_SHARD must be below PROJECTOR_SHARDS: ${config.projectorShard} is not one of ${config.projectorShards} shards, counted from 0`,
    )
  }
  if (wrong.length > 0) throw new ConfigError(`The configuration cannot be used:\n  - ${wrong.join('\n  - ')}`)
  return config
}

/** The whole environment of this process, for those who start other processes; settings are read by readConfig alone. */
export function givenEnvironment(): Record<string, string> {
  const given = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(given)
}

function fallbackOf(setting: Setting<unknown>, env: Readonly<Record<string, string | undefined>>): string {
  return setting.fallback.replace(/\{([A-Z_]+)\}/g, (_, name: string) => {
    const other: Setting<unknown> | undefined = Object.values(settings).find((candidate) => candidate.env === name)
    return env[name] ?? other?.fallback ?? ''
  })
}

/** Where one of our services finds another: its own URL when set, else this host and its port. */
export function serviceUrl(config: Config, service: 'commandApi' | 'queryApi' | 'gateway'): string {
  return config[`${service}Url`] ?? `http://${config.host}:${config[`${service}Port`]}`
}

/** Where the gateway finds the instances of realtime. */
export function realtimeUrls({ realtimeUrls, host, realtimePort }: Config): readonly [string, ...string[]] {
  const [first = `http://${host}:${realtimePort}`, ...others] = realtimeUrls
  return [first, ...others]
}
