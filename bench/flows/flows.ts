import { type Figure, percentile, rateOf } from '../figure.ts'
import { steadily } from '../visible.ts'
import { bareJobs } from './bare-jobs.ts'
import { openCourse, stepsEach } from './course.ts'
import { cpuEach } from './cpu.ts'
import { openHeaps } from './heap.ts'

const inFlight = 64

/** Steps a second of runs that all go on at once, beside bare BullMQ; and from a visitor's word to the flow's answer. */
export async function flows(runs: number, ratePerSecond: number, seconds: number): Promise<Figure[]> {
  const course = await openCourse()
  try {
    const { ends } = course
    const go = async (count: number) => {
      const conversations = await course.waiting(count)
      const ended = ends.ended(count)
      const began = performance.now()
      await rateOf(count, inFlight, (n) => course.say(conversations[n] ?? '', 'Go'))
      const { completed } = await ended
      if (completed !== count) throw new Error(`${count - completed} of ${count} runs did not end as they should`)
      return (count * stepsEach) / ((performance.now() - began) / 1000)
    }
    await go(Math.ceil(runs / 5))
    const before = await course.cpu()
    const ours = await go(runs)
    const used = cpuEach(before, await course.cpu(), runs * stepsEach)
    const bare = await bareJobs(course.redisUrl, runs, stepsEach, course.concurrency)

    const total = ratePerSecond * seconds
    const conversations = await course.waiting(total)
    const measured: number[] = []
    const ended = ends.ended(total)
    await steadily(ratePerSecond, seconds, async (n) => {
      const id = conversations[n] ?? ''
      const answered = ends.answered(id)
      const began = performance.now()
      await course.say(id, 'Go')
      await answered
      if (n > ratePerSecond) measured.push(performance.now() - began)
    })
    await ended
    return [
      {
        name: `steps of flows, ${runs} runs at once`,
        unit: '/s',
        ours,
        bare: { what: 'BullMQ jobs that add the next and do nothing else', value: bare },
        aim: {},
        notes: { 'steps a run': stepsEach, 'at once': course.concurrency, ...used },
      },
      {
        name: `message → reply of the flow, p99, ${ratePerSecond}/s, four steps in between`,
        unit: ' ms',
        ours: percentile(measured, 0.99),
        aim: {},
        notes: { p50: percentile(measured, 0.5), p95: percentile(measured, 0.95), samples: measured.length },
      },
    ]
  } finally {
    await course.close()
  }
}

/** What so many runs that wait for a reply add to what flow-engine holds in memory, and how long it takes to bring them there. */
export async function waitingRuns(runs: number): Promise<Figure[]> {
  const heaps = await openHeaps()
  try {
    const course = await openCourse(heaps.env)
    try {
      await course.waiting(100)
      const before = await heaps.live(course.engine())
      const began = performance.now()
      await course.waiting(runs)
      const rate = runs / ((performance.now() - began) / 1000)
      const after = await heaps.live(course.engine())
      return [
        {
          name: `memory of flow-engine for each of ${runs.toLocaleString('en')} runs waiting`,
          unit: ' KB',
          ours: (after - before) / runs / 2 ** 10,
          aim: {},
          notes: {
            'MB live': after / 2 ** 20,
            'MB live with 100 runs': before / 2 ** 20,
            'started a second': rate,
          },
        },
      ]
    } finally {
      await course.close()
    }
  } finally {
    await heaps.close()
  }
}
