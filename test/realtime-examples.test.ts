import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import * as signalR from '@microsoft/signalr'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { WebSocket } from 'ws'
import { eventually } from '../infra/local/testing/eventually.ts'
import { openPlatform, type Platform } from './contracts/platform.ts'
import { type House, openSharedHouse } from './house.ts'

const text = readFileSync(new URL('../docs/realtime.md', import.meta.url), 'utf8')

/** The example below a heading of a chapter; the first chapter has the plain protocol. */
function example(chapter: string, where: 'In a browser' | 'In Node'): string {
  const from = text.indexOf(`### ${where}`, text.indexOf(`## ${chapter}`))
  const found = /```js\n(.*?)```/s.exec(text.slice(from))?.[1]
  assert.ok(from >= 0 && found !== undefined, `${chapter} has no example ${where}`)
  return found
}

/** The published one, which tells less of itself. */
class HubConnectionBuilder extends signalR.HubConnectionBuilder {
  constructor() {
    super()
    this.configureLogging(signalR.LogLevel.Warning)
  }
}

/** An example at work, with what it has shown, told or warned of. */
interface Running {
  shown: string[]
  stop(): void
}

describe('docs/realtime.md', () => {
  const running: Running[] = []
  let house: House
  let platform: Platform

  before(async () => {
    house = await openSharedHouse()
    platform = await openPlatform(house)
  })
  after(() => {
    for (const one of running) one.stop()
  })

  /** As it stands in the document, but for the address, and with what the reader has to bring. */
  async function run(code: string, given: Record<string, unknown>): Promise<Running> {
    const gateway = house.stack.url('gateway')
    const shown: string[] = []
    const opened: { close(): void }[] = []
    let isStopped = false
    const note = (...words: unknown[]) => void shown.push(JSON.stringify(words))
    const scope = {
      ...given,
      show: note,
      console: { log: note, warn: note },
      setTimeout: (work: () => void, ms: number) => (isStopped ? undefined : setTimeout(work, ms)),
      signalR: { HubConnectionBuilder },
      HubConnectionBuilder,
      HttpTransportType: signalR.HttpTransportType,
      io: (address: string, options?: Partial<ManagerOptions & SocketOptions>): Socket => {
        const socket = io(address, { ...options, forceNew: true })
        opened.push(socket)
        return socket
      },
      WebSocket: class extends WebSocket {
        constructor(...how: ConstructorParameters<typeof WebSocket>) {
          super(...how)
          opened.push(this)
        }
      },
    }
    const body = code
      .replaceAll(/^import .*$/gm, '')
      .replaceAll(/(http|ws)s?:\/\/(chat\.example\.com|localhost:5080)/g, (_, scheme) =>
        gateway.replace('http', scheme),
      )
    const whole = `return (async () => { ${body}\n; return typeof connection === 'undefined' ? undefined : connection })()`
    const connection: signalR.HubConnection | undefined = await compileFunction(
      whole,
      Object.keys(scope),
    )(...Object.values(scope))
    const one = {
      shown,
      stop() {
        isStopped = true
        for (const socket of opened) socket.close()
        void connection?.stop()
      },
    }
    running.push(one)
    return one
  }

  const shows = (one: Running, ...words: string[]) =>
    eventually(() => {
      for (const word of words) assert.ok(String(one.shown).includes(word), `no ${word} in ${one.shown}`)
    })

  const chapters = { 'plain WebSocket': 'Connecting', SignalR: 'SignalR: ', 'Socket.IO': 'Socket.IO: ' }
  for (const [name, chapter] of Object.entries(chapters)) {
    it(`has an example in a browser that shows what was said and what comes, over ${name}`, async () => {
      const { id, external_id: externalId, token: visitorToken, say } = await platform.begin('Hello')
      const one = await run(example(chapter, 'In a browser'), { id, conversationId: id, externalId, visitorToken })
      await shows(one, '"Hello"')
      await say('And more')
      await shows(one, '"Hello"', '"And more"')
    })

    it(`has an example in Node that shows an agent what comes, over ${name}`, async () => {
      const { id, say } = await platform.begin('Hello')
      const one = await run(example(chapter, 'In Node'), { conversationId: id, accessToken: house.agentToken })
      await eventually(async () => {
        await say('And more')
        const word = name === 'SignalR' ? 'And more' : id
        assert.ok(String(one.shown).includes(word), `no ${word} in ${one.shown}`)
      })
    })
  }
})
