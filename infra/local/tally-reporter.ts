import mocha from 'mocha'

/** Mocha's own report, and after it a last plain line for machines that know no mocha: `12 passed, 0 failed`. */
export default class TallyReporter extends mocha.reporters.Spec {
  constructor(runner: mocha.Runner, options: mocha.MochaOptions) {
    super(runner, options)
    const passed = new Set<mocha.Test>()
    let failed = 0
    runner.on(mocha.Runner.constants.EVENT_TEST_PASS, (test) => passed.add(test))
    runner.on(mocha.Runner.constants.EVENT_TEST_FAIL, () => {
      failed += 1
    })
    // Spec writes its summary at the end of the run, after which mocha says what the exit code is to be.
    runner.once(mocha.Runner.constants.EVENT_RUN_END, () =>
      process.stdout.write(`${passed.size} passed, ${failed} failed\n`),
    )
  }
}
