import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { hashChannelKey, readChannelKey } from '../../infra/runtime/auth/channel-keys.ts'
import type { CallOptions } from '../call.ts'
import type { Bench } from './bench.ts'

export function channelTests(getBench: () => Bench): void {
  describe('a channel', () => {
    let bench: Bench
    before(() => {
      bench = getBench()
    })

    const admin = (): CallOptions => ({ token: bench.place.admin.token })

    it('of each type is made, and read as it was answered without what is shown once', async () => {
      const bodies = [
        { type: 'site', config: { greeting: 'Welcome' } },
        { type: 'webchat', config: { identityVerification: 'required' } },
        { type: 'mobile_sdk', config: { fcm: { senderId: '1234' } } },
        {
          type: 'whatsapp',
          config: { phoneNumberId: '1', businessAccountId: '2' },
          secrets: { verifyToken: 'verify-me-1' },
        },
        { type: 'api' },
      ]
      for (const body of bodies) {
        const { embedToken, embedCode, identitySecret, ...made } = await bench.make('/api/channels', {
          name: `A ${body.type}`,
          ...body,
        })
        const found = await bench.read(`/api/channels/${made.id}`, admin())
        assert.deepEqual([found.status, found.body], [200, made])
        const tokens = body.type === 'webchat' || body.type === 'mobile_sdk'
        assert.equal(typeof embedToken, tokens ? 'string' : 'undefined')
        assert.equal(typeof made.siteKey, body.type === 'site' ? 'string' : 'object')
        assert.equal(typeof identitySecret, body.type === 'webchat' ? 'string' : 'undefined')
        const key = String(embedToken ?? made.siteKey)
        if (tokens || body.type === 'site') assert.equal(readChannelKey(key)?.channelId, made.id)
        if (body.type === 'webchat') {
          const source = `${bench.stack.config.publicUrl}/chat-widget/embed.js`
          assert.equal(embedCode, `<script src="${source}" data-embed-token="${embedToken}"></script>`)
          assert.deepEqual(made.secretsSet, ['identitySecret'])
        }
      }
      const listed = Object.values((await bench.read('/api/channels', admin())).body) as { type: string }[]
      assert.deepEqual(
        listed.map(({ type }) => type),
        bodies.map(({ type }) => type),
      )
    })

    it('answers a retry alike, with what is shown once', async () => {
      const headers = { 'idempotency-key': randomUUID() }
      const body = { type: 'webchat', name: 'Again', config: { identityVerification: 'required' } }
      const answers = await Promise.all([1, 2, 3].map(() => bench.change('POST', '/api/channels', { body, headers })))
      for (const answer of answers) {
        assert.equal(answer.status, 201)
        assert.deepEqual(answer.body, answers[0]?.body)
      }
      assert.equal(typeof answers[0]?.body.embedToken, 'string')
      const id = String(answers[0]?.body.id)
      const rotate = () =>
        bench.change('POST', `/api/channels/${id}/keys`, { headers: { 'idempotency-key': 'rotate-1' } })
      const rotated = await rotate()
      assert.equal(rotated.status, 200)
      assert.notEqual(rotated.body.embedToken, answers[0]?.body.embedToken)
      assert.equal(rotated.body.identitySecret, undefined)
      assert.deepEqual((await rotate()).body, rotated.body)
      assert.deepEqual((await bench.change('POST', '/api/channels', { body, headers })).body, answers[0]?.body)
      const inside = await bench.command('GET', `/internal/channels/${id}`, { token: bench.system })
      assert.equal(inside.body.embedTokenHash, hashChannelKey(String(rotated.body.embedToken)))
    })

    it('refuses what does not fit its type, and says where', async () => {
      const webchat = await bench.make('/api/channels', { type: 'webchat', name: 'Picky' })
      const ec = (namedCurve: string) =>
        generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' })
      const mobile = (secrets: object) => ({ type: 'mobile_sdk', name: 'App', secrets })
      const account = { type: 'service_account', project_id: 'p', client_email: 'a@b.example', private_key: 'k' }
      const bad: [object, string][] = [
        [{ type: 'site', name: 'A', config: { greeting: 5 } }, '/config/greeting'],
        [{ type: 'site', name: 'A', config: { title: 'x' } }, '/config/title'],
        [{ type: 'site', name: 'A', config: { allowedOrigins: ['shop.example'] } }, '/config/allowedOrigins/0'],
        [{ type: 'whatsapp', name: 'A', config: { businessAccountId: '2' } }, '/config/phoneNumberId'],
        [{ type: 'fax', name: 'A' }, '/type'],
        [mobile({ apnsPrivateKey: ec('secp384r1') }), '/secrets/apnsPrivateKey'],
        [mobile({ apnsPrivateKey: 'not a key'.repeat(9) }), '/secrets/apnsPrivateKey'],
        [mobile({ fcmServiceAccount: '{}' }), '/secrets/fcmServiceAccount'],
      ]
      for (const [body, path] of bad) {
        const { status, body: problem } = await bench.change('POST', '/api/channels', { body })
        const paths = ((problem.errors ?? []) as { path: string }[]).map((error) => error.path)
        assert.deepEqual([status, paths], [400, [path]], JSON.stringify(body))
      }
      const good = { apnsPrivateKey: ec('prime256v1'), fcmServiceAccount: JSON.stringify(account) }
      assert.deepEqual((await bench.make('/api/channels', mobile(good))).secretsSet, [
        'apnsPrivateKey',
        'fcmServiceAccount',
      ])
      for (const [body, path] of [
        [{ config: { identityVerification: 'maybe' } }, '/config/identityVerification'],
        [{ secrets: { identitySecret: 'short' } }, '/secrets/identitySecret'],
        [{ secrets: { appSecret: 'of another type' } }, '/secrets/appSecret'],
      ] as const) {
        const { status, body: problem } = await bench.change('PATCH', `/api/channels/${webchat.id}`, { body })
        assert.deepEqual([status, (problem.errors as { path: string }[])[0]?.path], [400, path])
      }
      assert.equal(
        (
          await bench.change(
            'POST',
            `/api/channels/${(await bench.make('/api/channels', { type: 'api', name: 'A' })).id}/keys`,
          )
        ).status,
        409,
      )
    })

    it('of WhatsApp is the only one of its number', async () => {
      const body = { type: 'whatsapp', name: 'Line', config: { phoneNumberId: '77', businessAccountId: '2' } }
      const answers = await Promise.all([1, 2].map(() => bench.change('POST', '/api/channels', { body })))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
      const path = `/api/channels/${answers.find(({ status }) => status === 201)?.body.id}`
      assert.equal((await bench.change('PATCH', path, { body: { config: body.config } })).status, 200)
      assert.equal((await bench.change('DELETE', path)).status, 204)
      assert.equal((await bench.change('POST', '/api/channels', { body })).status, 201)
    })

    it('of a mobile app is the only one of its bot', async () => {
      const botId = randomUUID()
      const body = { type: 'mobile_sdk', name: 'App', config: { botId } }
      const answers = await Promise.all([1, 2, 3].map(() => bench.change('POST', '/api/channels', { body })))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
      const idle = await bench.make('/api/channels', { type: 'mobile_sdk', name: 'Idle' })
      const take = () => bench.change('PATCH', `/api/channels/${idle.id}`, { body: { config: { botId } } })
      assert.equal((await take()).status, 409)
      const first = answers.find(({ status }) => status === 201)?.body
      const free = await bench.change('PATCH', `/api/channels/${first?.id}`, { body: { config: { botId: null } } })
      assert.equal(free.status, 200)
      assert.equal((await take()).status, 200)
      assert.equal((await take()).status, 200)
    })

    it('is changed in part, and shows a secret that it had to make', async () => {
      const {
        embedToken: _t,
        embedCode: _c,
        ...made
      } = await bench.make('/api/channels', { type: 'webchat', name: 'Plain' })
      const path = `/api/channels/${made.id}`
      const body = { active: false, config: { identityVerification: 'required', greeting: 'Hi' } }
      const { identitySecret, ...changed } = (await bench.change('PATCH', path, { body })).body
      assert.equal(typeof identitySecret, 'string')
      const config = { ...Object(made.config), ...body.config }
      assert.deepEqual(changed, { ...made, active: false, config, secretsSet: ['identitySecret'] })
      assert.deepEqual((await bench.read(path, admin())).body, changed)
      const inside = await bench.command('GET', `/internal${path.slice(4)}`, { token: bench.system })
      assert.deepEqual(Object(inside.body.secrets), { identitySecret })
      const again = await bench.change('PATCH', path, { body: { name: 'Named' } })
      assert.deepEqual([again.body.name, again.body.identitySecret], ['Named', undefined])
    })

    it('keeps its secrets out of every answer, the read models and the stored log, and loses them when deleted', async () => {
      const word = `secret-${randomUUID()}`
      const secrets = { accessToken: `${word}-1`, appSecret: `${word}-2`, verifyToken: `${word}-3` }
      const config = { phoneNumberId: '10', businessAccountId: '2' }
      const made = await bench.make('/api/channels', { type: 'whatsapp', name: 'Discreet', config, secrets })
      const path = `/api/channels/${made.id}`
      const changed = await bench.change('PATCH', path, {
        body: { secrets: { appSecret: `${word}-4`, verifyToken: null } },
      })
      assert.deepEqual(changed.body.secretsSet, ['accessToken', 'appSecret'])
      const answers = [
        made,
        changed.body,
        (await bench.read(path, admin())).body,
        (await bench.read('/api/channels', admin())).body,
      ]
      for (const answer of answers) assert.equal(JSON.stringify(answer).includes(word), false)

      const inside = () => bench.command('GET', `/internal${path.slice(4)}`, { token: bench.system })
      assert.deepEqual((await inside()).body.secrets, { accessToken: `${word}-1`, appSecret: `${word}-4` })
      const store = await readFile(`${bench.stack.config.dataDir}/event-store/data.mdb`)
      assert.notEqual(store.indexOf(String(made.id)), -1, 'the channel is not where this test looks')
      assert.equal(store.indexOf(word), -1)
      const database = new pg.Pool({ connectionString: bench.stack.config.databaseUrl, max: 1 })
      const { rows } = await database.query('select * from read.channels c where c.id = $1', [made.id])
      assert.equal(rows.length, 1)
      assert.equal(JSON.stringify(rows).includes(word), false)

      assert.equal((await bench.change('DELETE', path)).status, 204)
      assert.equal((await bench.change('DELETE', path)).status, 404)
      assert.equal((await bench.read(path, admin())).status, 404)
      const gone = await inside()
      assert.deepEqual([gone.body.status, gone.body.secrets], ['deleted', {}])
      const keys = await database.query('select wrapped from vault.keys where key_id = $1', [made.id])
      assert.deepEqual(keys.rows, [{ wrapped: null }])
      await database.end()
    })

    it('is deleted with open conversations only by force, which closes them', async () => {
      const { id } = await bench.make('/api/channels', { type: 'webchat', name: 'Busy' })
      const open = await bench.command('POST', '/internal/channel-conversations', {
        token: bench.system,
        body: { channelId: id, externalId: 'browser-1' },
      })
      assert.equal(open.status, 201, JSON.stringify(open.body))
      const refused = await bench.change('DELETE', `/api/channels/${id}`)
      assert.deepEqual([refused.status, refused.body.type], [409, 'urn:parley:problem:channel-in-use'])
      assert.equal((await bench.change('DELETE', `/api/channels/${id}?force=true`)).status, 204)
      const { conversation } = open.body as { conversation: { id: string } }
      const closed = await bench.read(`/api/conversations/${conversation.id}`)
      assert.equal(closed.body.status, 'closed')
    })
  })
}
