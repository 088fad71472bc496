import { type Bench, openBench } from './bench.ts'
import { channelTests } from './channels.ts'
import { settingsTests } from './settings.ts'
import { togetherTests } from './together.ts'
import { widgetTests } from './widgets.ts'

describe('widgets, channels and settings', () => {
  let bench: Bench
  before(async () => {
    bench = await openBench()
  })

  widgetTests(() => bench)
  channelTests(() => bench)
  settingsTests(() => bench)
  togetherTests(() => bench)
})
