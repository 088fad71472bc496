import { parseStream } from '../../schemas/streams.ts'
import { type Figure, percentile, rateOf } from '../figure.ts'
import { bareJobs } from '../flows/bare-jobs.ts'
import { cpuEach, cpuOf } from '../flows/cpu.ts'
import { followLog } from '../follow.ts'
import { steadily } from '../visible.ts'
import { openRules, services } from './rules.ts'

const inFlight = 64

/**
 * Evaluations of rules a second where each message sets off so many and one of them answers, beside bare BullMQ; and from a visitor's word
 * to the rule's answer.
 */
export async function automations(
  messages: number,
  rules: number,
  ratePerSecond: number,
  seconds: number,
): Promise<Figure[]> {
  const { house, talks, say } = await openRules(rules)
  const { stack } = house
  const { config } = stack
  const answered = new Map<string, () => void>()
  /** Of each message, all rules are judged before the one that fires is carried out. */
  let ended = 0
  const { close } = await followLog(config, ['AutomationCarriedOut', 'MessageSent'], (event) => {
    if (event.type === 'AutomationCarriedOut') ended += 1
    else if (event.meta.actor.kind === 'bot') {
      const id = parseStream(event.stream)?.id ?? ''
      answered.get(id)?.()
      answered.delete(id)
    }
  })
  const until = async (count: number) => {
    while (ended < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  try {
    const go = async (count: number) => {
      const conversations = await talks(count)
      const before = ended
      const began = performance.now()
      await rateOf(count, inFlight, (n) => say(conversations[n] ?? '', n))
      await until(before + count)
      return (count * rules) / ((performance.now() - began) / 1000)
    }
    await go(Math.ceil(messages / 5))
    const before = await cpuOf(stack, services)
    const ours = await go(messages)
    const used = cpuEach(before, await cpuOf(stack, services), messages * rules, 'evaluation')
    const bare = await bareJobs(config.redisUrl, messages, rules, config.automationConcurrency)

    const conversations = await talks(ratePerSecond * seconds)
    const measured: number[] = []
    await steadily(ratePerSecond, seconds, async (n) => {
      const id = conversations[n] ?? ''
      const reply = new Promise<void>((resolve) => answered.set(id, resolve))
      const began = performance.now()
      await say(id, n)
      await reply
      if (n > ratePerSecond) measured.push(performance.now() - began)
    })
    return [
      {
        name: `evaluations of ${rules} rules, ${messages} messages at once`,
        unit: '/s',
        ours,
        bare: { what: 'BullMQ jobs that add the next and do nothing else', value: bare },
        aim: {},
        notes: { 'messages a second': ours / rules, 'at once': config.automationConcurrency, ...used },
      },
      {
        name: `message → answer of a rule, p99, ${ratePerSecond}/s, ${rules} rules`,
        unit: ' ms',
        ours: percentile(measured, 0.99),
        aim: {},
        notes: { p50: percentile(measured, 0.5), p95: percentile(measured, 0.95), samples: measured.length },
      },
    ]
  } finally {
    await close()
    await house.close()
  }
}
