import type { Usage } from './usage.ts'

/** What the parent of a bare server says: words for a room (`*`: for each in turn, so many times), or a question about what it uses. */
export type BareOrder = { room: string; text: string; times: number } | { usage: true }

/** A server of a bare library, with rooms and nothing else: tells its port, and does what the parent says. */
export function obeyParent(port: number, rooms: () => string[], say: (room: string, text: string) => void): void {
  process.on('message', (order: BareOrder) => {
    if ('usage' in order) {
      const { user, system } = process.cpuUsage()
      const usage: Usage = { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() }
      process.send?.(usage)
      return
    }
    const names = order.room === '*' ? rooms() : [order.room]
    let left = order.times
    const next = () => {
      say(names[left % names.length] ?? '', order.text)
      if (--left > 0) setImmediate(next)
    }
    next()
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port })
}
