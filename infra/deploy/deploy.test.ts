import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { type Config, readConfig, settings } from '../runtime/config.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HERE = join(ROOT, 'infra/deploy')

const Scalar = Type.Union([Type.String(), Type.Number()])
const Service = Type.Object({
  image: Type.String(),
  build: Type.Optional(Type.Object({ context: Type.String(), dockerfile: Type.String() })),
  command: Type.Optional(Type.Array(Type.String())),
  environment: Type.Record(Type.String(), Scalar),
  ports: Type.Optional(Type.Array(Type.String())),
  volumes: Type.Optional(Type.Array(Type.String())),
  networks: Type.Array(Type.String()),
  depends_on: Type.Optional(Type.Record(Type.String(), Type.Object({ condition: Type.Literal('service_healthy') }))),
  healthcheck: Type.Object({ test: Type.Array(Type.String()) }),
})
const Compose = Type.Object({
  services: Type.Record(Type.String(), Service),
  networks: Type.Record(Type.String(), Type.Object({ internal: Type.Optional(Type.Boolean()) })),
  volumes: Type.Record(Type.String(), Type.Object({})),
})

const PORTS: Record<string, keyof Config> = {
  'command-api': 'commandApiPort',
  'query-api': 'queryApiPort',
  realtime: 'realtimePort',
  projectors: 'projectorsPort',
  'flow-engine': 'flowEnginePort',
  gateway: 'gatewayPort',
}

const compose = readFileSync(join(HERE, 'compose.yaml'), 'utf8')
const example = readExample()
const filled = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, value || secretFor(name)]))
const { services, networks, volumes } = Value.Parse(Compose, read(filled))
const ours = Object.entries(services).filter(([, service]) => service.build !== undefined)
const own = Object.fromEntries(ours)

describe('the deployment', () => {
  it('has every service that there is, each run from a source that exists', () => {
    assert.deepEqual(Object.keys(own).sort(), Object.keys(PORTS).sort())
    for (const [name, { command = [] }] of ours) {
      const entry = command.at(-1) ?? ''
      const source = entry.replace(/^dist\//, '').replace(/\.js$/, '.ts')
      assert.ok(existsSync(join(ROOT, source)), `${name} runs ${entry}, but there is no ${source}`)
    }
  })

  for (const [name, service] of ours) {
    const env = strings(service.environment)

    it(`gives ${name} only settings that exist, with values that production accepts`, () => {
      const known = new Set<string>(Object.values(settings).map((setting) => setting.env))
      assert.deepEqual(
        Object.keys(env).filter((variable) => !known.has(variable)),
        [],
      )
      assert.equal(env.NODE_ENV, 'production')
      const config = readConfig(env)
      const port = config[PORTS[name] ?? 'gatewayPort']
      assert.ok(service.healthcheck.test.at(-1)?.includes(`http://127.0.0.1:${port}/readyz`))
    })
  }

  it('demands every secret, and has no example that could be used as one', () => {
    const secrets = Object.values(settings).filter((setting) => 'secret' in setting && setting.secret)
    assert.ok(secrets.length >= 5)
    for (const { env } of secrets) {
      assert.equal(example[env], '', `${env} is empty in .env.example`)
      assert.throws(() => read({ ...filled, [env]: '' }), new RegExp(`${env} is demanded`))
      const without = Object.entries(strings(services.gateway?.environment ?? {})).filter(([name]) => name !== env)
      assert.throws(() => readConfig(Object.fromEntries(without)), new RegExp(`${env} is the demo secret`))
    }
  })

  it('asks in .env.example for all that it uses, and for no more', () => {
    const used = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name)
    assert.deepEqual([...new Set(used)].sort(), Object.keys(example).sort())
  })

  it('leads the services to each other and to the stores, under their names and ports', () => {
    const config = readConfig(strings(services.gateway?.environment ?? {}))
    const urls = [config.eventStoreUrl, config.databaseUrl, config.readDatabaseUrl, config.redisUrl]
    assert.deepEqual(urls.map(hostAndPort), ['event-store:2113', 'postgres:5432', 'postgres:5432', 'redis:6379'])
    assert.equal(hostAndPort(config.commandApiUrl ?? ''), `command-api:${config.commandApiPort}`)
    assert.equal(hostAndPort(config.queryApiUrl ?? ''), `query-api:${config.queryApiPort}`)
    assert.equal(hostAndPort(config.realtimeUrls[0] ?? ''), `realtime:${config.realtimePort}`)
    assert.equal(config.host, '0.0.0.0')
    for (const [name, { depends_on = {} }] of Object.entries(services)) {
      assert.deepEqual(
        Object.keys(depends_on).filter((other) => !(other in services)),
        [],
        name,
      )
    }
  })

  it('opens the gateway alone to the outside, and lets out those who have something to do there', () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports !== undefined)
    const gatewayPort = settings.gatewayPort.fallback
    assert.deepEqual(
      open.map(([name, { ports }]) => [name, ports]),
      [['gateway', [`${gatewayPort}:${gatewayPort}`]]],
    )
    const onlyInside = Object.entries(services).filter(([, service]) => service.networks.join() === 'inside')
    assert.deepEqual(
      onlyInside.map(([name]) => name),
      Object.keys(services).filter((name) => name !== 'gateway' && name !== 'flow-engine'),
    )
    assert.equal(networks.inside?.internal, true)
  })

  it('keeps the data of each store in a volume, and makes the roles that the URLs name', () => {
    const named = Object.values(services).flatMap((service) => service.volumes ?? [])
    const kept = named.map((mount) => mount.split(':')[0] ?? '').filter((source) => !source.startsWith('.'))
    assert.deepEqual([...new Set(kept)], Object.keys(volumes))
    const { blobsDir } = readConfig(strings(services.gateway?.environment ?? {}))
    for (const name of ['command-api', 'query-api']) {
      const [, target = '?'] = services[name]?.volumes?.[0]?.split(':') ?? []
      assert.ok(blobsDir.startsWith(`${target}/`), `${name} has the files`)
    }
    const roles = readFileSync(join(HERE, 'postgres/roles.sh'), 'utf8')
    const { databaseUrl, readDatabaseUrl } = readConfig(strings(services.gateway?.environment ?? {}))
    for (const url of [databaseUrl, readDatabaseUrl])
      assert.ok(roles.includes(`CREATE ROLE ${new URL(url).username} LOGIN`))
    assert.ok(roles.includes(`CREATE DATABASE ${new URL(databaseUrl).pathname.slice(1)} OWNER`))
  })

  it('copies only what exists into the image, and runs it as another user than root', () => {
    const dockerfile = readFileSync(join(HERE, 'Dockerfile'), 'utf8')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \.\/?$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    )
    assert.ok(copied.includes('package-lock.json'))
    assert.deepEqual(
      copied.filter((path) => !existsSync(join(ROOT, path))),
      [],
    )
    assert.match(dockerfile, /^USER node$/m)
  })
})

/** As Compose does it: first YAML, then the variables in its strings. */
function read(values: Record<string, string>): unknown {
  const tree: unknown = parse(compose, { merge: true })
  return JSON.parse(JSON.stringify(tree), (_, value: unknown) =>
    typeof value === 'string' ? interpolate(value, values) : value,
  )
}

/** `${A}`, `${A:-when empty}` and `${A:?refuse when empty}`. */
function interpolate(source: string, values: Record<string, string>): string {
  return source.replace(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_, name: string, mark?: string, rest = '') => {
    const value = values[name] ?? ''
    if (value === '' && mark === '?') throw new Error(`${name} is demanded: ${rest}`)
    return value === '' && mark === '-' ? rest : value
  })
}

function readExample(): Record<string, string> {
  const lines = readFileSync(join(HERE, '.env.example'), 'utf8').split('\n')
  const pairs = lines.filter((line) => /^[A-Z_]+=/.test(line)).map((line) => line.split(/=(.*)/s))
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
}

function secretFor(name: string): string {
  return name === 'VAULT_MASTER_KEY' ? randomBytes(32).toString('base64') : randomBytes(32).toString('hex')
}

function strings(environment: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]))
}

function hostAndPort(url: string): string {
  return new URL(url).host
}
