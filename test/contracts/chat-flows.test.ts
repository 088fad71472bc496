import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../infra/local/testing/eventually.ts'
import { createInternalTokens } from '../../infra/runtime/auth/internal-tokens.ts'
import { serviceUrl } from '../../infra/runtime/config.ts'
import { type Called, callerOf } from '../call.ts'
import { type House, openHouse } from '../house.ts'

type Json = Record<string, unknown>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Document E, its definition side: flows, nodes, edges, templates, versions, with the graphs of its text. */
describe('document E, chat flows', () => {
  let house: House
  let position: string | undefined
  let welcome: string
  let tracking: string

  before(async () => {
    house = await openHouse()
    welcome = await template({
      name: 'welcome_message',
      body: 'Hi {{contact.name | there}}!',
      buttons: [{ label: 'Track Order' }],
    })
    tracking = await template({ name: 'tracking', body: 'Your order is on its way.' })
  })
  after(() => house.stack.stop())

  /** What is read has seen what was written before. */
  async function ask(method: Method, path: string, body?: unknown, token = house.adminToken): Promise<Called> {
    const headers: Record<string, string> = position === undefined ? {} : { 'x-wait-for': position }
    const answer = await house.call(method, path, { token, body, headers: method === 'GET' ? headers : {} })
    position = String(answer.headers['x-position'] ?? position ?? '') || undefined
    return answer
  }

  async function done(status: number, method: Method, path: string, body?: unknown): Promise<Json> {
    const answer = await ask(method, path, body)
    assert.equal(
      answer.status,
      status,
      `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 1000)}`,
    )
    return answer.body
  }

  async function template(body: Json): Promise<string> {
    return String((await done(201, 'POST', '/chat-flow/templates/', body)).id)
  }

  /** The graph of the document. */
  const graph = () => ({
    nodes: [
      {
        id: 'node-1',
        type: 'template',
        position: { x: 100, y: 100 },
        data: { template_id: welcome, template_name: 'welcome_message' },
      },
      {
        id: 'node-2',
        type: 'template',
        position: { x: 100, y: 300 },
        data: { template_id: tracking, template_name: 'tracking' },
      },
    ],
    edges: [{ id: 'edge-1', source: 'node-1', target: 'node-2', label: 'Button: Track Order' }],
  })
  const flow = async (body: Json = {}) =>
    String((await done(201, 'POST', '/chat-flow/flows/', { name: 'Welcome Flow', flow_data: graph(), ...body })).id)
  const pathsOf = ({ body }: Called) => (body.errors as { path: string }[]).map(({ path }) => path)

  it("takes the document's request as written, and is active at once", async () => {
    const body = { name: 'Welcome Flow', is_active: true, start_template: welcome, flow_data: graph() }
    const made = await done(201, 'POST', '/chat-flow/flows/', body)
    const { id, created_at: _, updated_at: __, ...facts } = made
    assert.deepEqual(facts, {
      ...body,
      version: 1,
      has_unpublished_changes: false,
      warnings: [],
      settings: { timeout_seconds: 86_400, max_misses: 2, triggers: { keywords: [], on_conversation_start: false } },
    })
    for (const path of [`/chat-flow/flows/${id}/`, `/chat-flow/flows/${id}`])
      assert.deepEqual(await done(200, 'GET', path), made)
    for (const path of ['/chat-flow/flows/?limit=100&is_active=true', '/chat-flow/flows?limit=100&is_active=true']) {
      const { data } = await done(200, 'GET', path)
      assert.deepEqual(
        (data as Json[]).filter((one) => one.id === id),
        [made],
      )
    }
  })

  it('keeps what ReactFlow keeps, unchanged', async () => {
    const drawn = {
      ...graph(),
      nodes: graph().nodes.map((node, index) => ({
        ...node,
        width: 180,
        height: 42.5,
        selected: index === 0,
        dragging: false,
        positionAbsolute: { x: -12.75, y: 1e-7 },
        style: { border: '1px solid #222', zIndex: null },
        data: { ...node.data, label: 'Grüße 👋 "quoted" \\ \n', nested: [[], {}, [1, 'x', null, true]], '': 0 },
      })),
      edges: graph().edges.map((edge) => ({
        ...edge,
        animated: true,
        markerEnd: { type: 'arrowclosed' },
        sourceHandle: null,
      })),
      viewport: { x: 0.1, y: -20, zoom: 1.5 },
      $unknown: { constructor: 'kept', toString: [] },
    }
    const id = await flow({ flow_data: drawn, is_active: true })
    const loaded = await done(200, 'GET', `/chat-flow/flows/${id}/`)
    assert.deepEqual(loaded.flow_data, drawn)
    assert.deepEqual((await done(200, 'PUT', `/chat-flow/flows/${id}/`, loaded)).version, 1)
    assert.deepEqual((await done(200, 'GET', `/chat-flow/flows/${id}/versions/1/`)).flow_data, drawn)
    const saved = await done(200, 'PUT', `/chat-flow/flows/${id}/`, {
      name: 'Welcome Flow',
      flow_data: drawn,
      is_active: true,
    })
    assert.deepEqual([saved.flow_data, saved.version], [drawn, 1])
  })

  it('changes the draft until it is activated, and versions never', async () => {
    const id = await flow({ is_active: true })
    const at = `/chat-flow/flows/${id}`
    const renamed = await done(200, 'PUT', at, {
      name: 'Second',
      settings: { max_misses: 0, triggers: { keywords: ['help'] } },
    })
    assert.deepEqual([renamed.version, renamed.is_active, renamed.has_unpublished_changes], [1, true, true])
    assert.deepEqual(renamed.settings, {
      timeout_seconds: 86_400,
      max_misses: 0,
      triggers: { keywords: ['help'], on_conversation_start: false },
    })
    const second = await done(200, 'POST', `${at}/activate/`)
    assert.deepEqual([second.version, second.has_unpublished_changes], [2, false])
    assert.equal((await done(200, 'POST', `${at}/activate`)).version, 2)
    assert.equal((await done(200, 'POST', `${at}/deactivate/`)).is_active, false)
    const again = await done(200, 'PATCH', at, { is_active: true })
    assert.deepEqual([again.version, again.is_active], [2, true])
    const { data, total } = await done(200, 'GET', `${at}/versions/`)
    const briefs = (data as Json[]).map(({ version, name, is_active, nodes }) => [version, name, is_active, nodes])
    assert.deepEqual(
      [briefs, total],
      [
        [
          [2, 'Second', true, 2],
          [1, 'Welcome Flow', false, 2],
        ],
        2,
      ],
    )
    assert.deepEqual((await done(200, 'GET', `${at}/versions/1`)).flow_data, graph())
    await done(404, 'GET', `${at}/versions/3/`)
  })

  it('shows nodes and edges as views on the draft, an edge in both notations', async () => {
    const id = String((await done(201, 'POST', '/chat-flow/flows/', { name: 'Step by step' })).id)
    const [first, second] = graph().nodes
    assert.deepEqual(await done(201, 'POST', '/chat-flow/nodes/', { flow: id, ...first }), { flow: id, ...first })
    await done(201, 'POST', '/chat-flow/nodes', { flow: id, ...second })
    const asked = {
      flow: id,
      source_node: 'node-1',
      target_node: 'node-2',
      trigger: 'button_click',
      trigger_value: 'Track Order',
    }
    const edge = await done(201, 'POST', '/chat-flow/edges/', asked)
    const both = { ...asked, id: edge.id, source: 'node-1', target: 'node-2', label: 'Button: Track Order' }
    assert.deepEqual(edge, both)
    assert.deepEqual((await done(200, 'GET', `/chat-flow/edges/?flow=${id}`)).data, [both])
    assert.deepEqual((await done(200, 'GET', `/chat-flow/nodes?flow=${id}`)).data, [
      { flow: id, ...first },
      { flow: id, ...second },
    ])
    const kept = (await done(200, 'GET', `/chat-flow/flows/${id}/`)).flow_data
    assert.deepEqual(kept, {
      nodes: [first, second],
      edges: [{ id: edge.id, source: 'node-1', target: 'node-2', label: 'Button: Track Order' }],
    })

    const all = (await done(200, 'GET', '/chat-flow/nodes/?limit=100')).data as Json[]
    const paged: Json[] = []
    for (let cursor = ''; paged.length < all.length; ) {
      const page = await done(200, 'GET', `/chat-flow/nodes/?limit=3${cursor}`)
      paged.push(...(page.data as Json[]))
      cursor = `&cursor=${page.nextCursor}`
    }
    assert.deepEqual(paged, all)

    const moved = await done(200, 'PUT', `/chat-flow/nodes/node-2/?flow=${id}`, { position: { x: 5, y: 6 } })
    assert.deepEqual(moved, { flow: id, ...second, position: { x: 5, y: 6 } })
    const shared = await flow()
    await done(409, 'DELETE', '/chat-flow/nodes/node-2/')
    await done(204, 'DELETE', `/chat-flow/nodes/node-2/?flow=${shared}`)
    assert.deepEqual((await done(200, 'GET', `/chat-flow/edges/?flow=${shared}`)).data, [])
    await done(204, 'DELETE', `/chat-flow/edges/${edge.id}/`)
    await done(404, 'DELETE', `/chat-flow/edges/${edge.id}/`)
    const twice = await ask('POST', '/chat-flow/nodes/', { flow: id, ...first })
    assert.equal(twice.status, 409)
    const nowhere = await ask('POST', '/chat-flow/edges/', { flow: id, source: 'node-1', target: 'nowhere' })
    assert.deepEqual([nowhere.status, pathsOf(nowhere)], [400, ['/flow_data/edges/0/target']])
  })

  it('refuses what could not run, naming each place, and stores nothing', async () => {
    const before = (await done(200, 'GET', '/chat-flow/flows/')).total
    const [first, second] = graph().nodes
    const action = (value: Json) => ({ id: 'a', type: 'action', data: { action: value } })
    const needy = await template({ name: 'needy', body: 'Order {{order_id}} for {{contact.name}} {{plan | basic}}' })
    const cases: [Json, string[]][] = [
      [{ nodes: [{ id: 'x', type: 'sms' }], edges: [] }, ['/flow_data/nodes/0/type']],
      [{ nodes: [first], edges: graph().edges }, ['/flow_data/edges/0/target']],
      [
        { nodes: [{ ...second, data: { template_id: randomUUID() } }], edges: [] },
        ['/flow_data/nodes/0/data/template_id'],
      ],
      [{ nodes: [{ ...second, data: { template_id: needy } }], edges: [] }, ['/flow_data/nodes/0/data/variables']],
      [
        { nodes: [action({ type: 'assign', agentId: randomUUID() })], edges: [] },
        ['/flow_data/nodes/0/data/action/agentId'],
      ],
      [
        { nodes: [action({ type: 'webhook', url: 'http://169.254.169.254/latest' })], edges: [] },
        ['/flow_data/nodes/0/data/action/url'],
      ],
      [
        {
          nodes: [action({ type: 'webhook', url: 'https://shop.example', headers: { 'X-Shop': 'a\r\nY: b' } })],
          edges: [],
        },
        ['/flow_data/nodes/0/data/action/headers'],
      ],
      [
        { nodes: [action({ type: 'tag', tag: 'x' })], edges: [{ id: 'e', source: 'a', target: 'a' }] },
        ['/flow_data/edges'],
      ],
      [
        {
          nodes: [first, second],
          edges: [
            ...graph().edges,
            {
              id: 'edge-2',
              source: 'node-1',
              target: 'node-1',
              trigger: 'button_click',
              trigger_value: 'track order ',
            },
          ],
        },
        ['/flow_data/edges/1'],
      ],
      [
        {
          nodes: Array.from({ length: 10_001 }, (_, n) => ({ id: `n${n}`, type: 'action', data: { action: 'close' } })),
          edges: [],
        },
        ['/flow_data/nodes'],
      ],
      [{ nodes: [] }, ['/flow_data/edges']],
    ]
    for (const [flow_data, paths] of cases) {
      const answer = await ask('POST', '/chat-flow/flows/', { name: 'Bad', flow_data })
      assert.deepEqual(
        [answer.status, answer.status === 400 && pathsOf(answer)],
        [400, paths],
        JSON.stringify(answer.body).slice(0, 500),
      )
    }
    const gap = { nodes: [action({ type: 'reply', text: 'Order {{order_id}}' })], edges: [] }
    const active = await ask('POST', '/chat-flow/flows/', { name: 'Bad', flow_data: gap, is_active: true })
    assert.deepEqual([active.status, pathsOf(active)], [400, ['/flow_data/nodes/0/data/action/text']])
    const empty = await ask('POST', '/chat-flow/flows/', { name: 'Empty', is_active: true })
    assert.deepEqual([empty.status, pathsOf(empty)], [400, ['/flow_data/nodes']])
    const stranger = await ask('POST', '/chat-flow/flows/', { name: 'Bad', start_template: randomUUID() })
    assert.deepEqual(pathsOf(stranger), ['/start_template'])
    const unknown = await ask('POST', '/chat-flow/flows/', { name: 'Bad', colour: 'red' })
    assert.deepEqual(pathsOf(unknown), ['/colour'])
    assert.equal((await done(200, 'GET', '/chat-flow/flows/')).total, before)

    const given = { ...second, data: { template_id: needy, variables: { order_id: '{{reply}}' } } }
    await flow({ flow_data: { nodes: [given], edges: [] } })
    const setting = action({ type: 'set_variable', name: 'order_id', value: '7' })
    const needing = { ...second, data: { template_id: needy } }
    const edges = [{ id: 'e', source: 'a', target: 'node-2' }]
    await flow({ flow_data: { nodes: [setting, needing], edges }, is_active: true })
  })

  it('warns of buttons that a template does not have, wherever the flow is shown', async () => {
    const [edge] = graph().edges
    const id = await flow({ flow_data: { ...graph(), edges: [{ ...edge, label: 'Button: Refund' }] } })
    const warned = [
      {
        path: '/flow_data/edges/0',
        message: 'edge edge-1: template welcome_message has no button "Refund"; it has Track Order',
      },
    ]
    assert.deepEqual((await done(200, 'PUT', `/chat-flow/flows/${id}/`, { is_active: true })).warnings, warned)
    assert.deepEqual((await done(200, 'GET', `/chat-flow/flows/${id}/`)).warnings, warned)
    const { data } = await done(200, 'GET', '/chat-flow/flows/?limit=100')
    assert.deepEqual(
      (data as Json[]).filter((one) => one.id === id).map(({ warnings }) => warnings),
      [warned],
    )
  })

  it('does not let a template change to what the active version of a flow could not be activated with', async () => {
    const menu = await template({ name: 'menu', body: 'Pick' })
    const nodes = [{ ...graph().nodes[0], data: { template_id: menu } }]
    const id = await flow({ name: 'Menu', flow_data: { nodes, edges: [] }, is_active: true })
    const gap = { body: 'Pick {{zzz}}' }
    const refused = await ask('PUT', `/chat-flow/templates/${menu}/`, gap)
    assert.deepEqual([refused.status, pathsOf(refused)], [400, ['/body']])
    assert.match(JSON.stringify(refused.body.errors), /\{\{zzz\}\}.*active flow Menu/)
    await done(200, 'PUT', `/chat-flow/templates/${menu}/`, { body: 'Pick {{zzz | one}}' })
    await done(200, 'POST', `/chat-flow/flows/${id}/deactivate/`)
    await done(200, 'PUT', `/chat-flow/templates/${menu}/`, gap)
    const { warnings } = await done(200, 'GET', `/chat-flow/flows/${id}/`)
    assert.deepEqual(
      (warnings as Json[]).map(({ path }) => path),
      ['/flow_data/nodes/0/data/variables'],
    )
    assert.equal((await ask('POST', `/chat-flow/flows/${id}/activate/`)).status, 400)
  })

  it('works with a thousand nodes', async () => {
    const nodes = Array.from({ length: 1000 }, (_, n) => ({
      ...graph().nodes[1],
      id: `node-${n}`,
      position: { x: n * 10.5, y: 200 },
      width: 180,
      height: 40,
      selected: false,
      positionAbsolute: { x: n * 10.5, y: 200 },
      data: {
        template_id: tracking,
        template_name: 'tracking',
        label: `Question number ${n}, as the builder shows it`,
      },
    }))
    const edges = nodes.slice(1).map(({ id }, n) => ({
      id: `edge-${n}`,
      source: `node-${n}`,
      target: id,
      label: 'Button: Next',
      type: 'smoothstep',
    }))
    const id = await flow({ flow_data: { nodes, edges }, is_active: true })
    assert.deepEqual((await done(200, 'GET', `/chat-flow/flows/${id}/`)).flow_data, { nodes, edges })
    const padded = nodes.map((node) => ({ ...node, notes: 'x'.repeat(600) }))
    const large = await ask('PUT', `/chat-flow/flows/${id}/`, { flow_data: { nodes: padded, edges } })
    assert.deepEqual([large.status, String(large.body.detail).includes('900000')], [413, true])
    // As large as a flow may be.
    const full = nodes.map((node) => ({ ...node, notes: 'x'.repeat(480) }))
    const size = JSON.stringify({ nodes: full, edges }).length
    assert.ok(size > 850_000 && size < 899_000, String(size))
    await done(200, 'PUT', `/chat-flow/flows/${id}/`, { flow_data: { nodes: full, edges }, is_active: true })
    assert.deepEqual((await done(200, 'GET', `/chat-flow/flows/${id}/`)).flow_data, { nodes: full, edges })
    const { data } = await done(200, 'GET', '/chat-flow/flows/?limit=100')
    assert.deepEqual(
      (data as Json[]).filter((one) => one.id === id).map(({ version, flow_data }) => [version, flow_data]),
      [[2, null]],
    )
    await done(200, 'PUT', `/chat-flow/flows/${id}/`, { name: 'Third', is_active: true })
    const tried = await done(200, 'POST', `/chat-flow/flows/${id}/simulate/`, { replies: [], version: 1 })
    assert.deepEqual([tried.version, tried.outcome], [1, 'waiting'], 'old versions are found again, also large ones')
    await done(204, 'DELETE', `/chat-flow/flows/${id}/`)
  })

  it('shows what became of its runs, and counts it by version, node and edge', async () => {
    const id = await flow({ is_active: true })
    const talk = async () => {
      const { body } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
      return { conversation: String(body.id), token: String(body.visitorToken) }
    }
    const [clicks, leaves] = [await talk(), await talk()]
    const start = async (conversation: string) => {
      const { id: run } = await done(201, 'POST', `/chat-flow/flows/${id}/start/`, { conversation_id: conversation })
      const at = `/chat-flow/runs/${run}`
      assert.equal((await house.call('GET', `${at}/`, { token: house.adminToken })).status, 200, 'at once')
      await eventually(async () => assert.equal((await done(200, 'GET', `${at}/`)).waiting_for, 'reply'))
      return at
    }
    const clicked = await start(clicks.conversation)
    await done(200, 'PUT', `/chat-flow/flows/${id}/`, { name: 'Second', is_active: true })
    const left = await start(leaves.conversation)
    const say = (content: string) =>
      house.call('POST', `/api/conversations/${clicks.conversation}/messages`, {
        token: clicks.token,
        body: { content },
      })
    await say('what?')
    await eventually(async () => {
      const { step, waiting_for } = await done(200, 'GET', clicked)
      assert.deepEqual([step, waiting_for], [2, 'reply'])
    })
    await say(' track order ')
    await eventually(async () => assert.equal((await done(200, 'GET', clicked)).outcome, 'completed'))
    await done(200, 'POST', `${left}/end/`)

    const run = await done(200, 'GET', `${clicked}/`)
    const steps = (run.steps as Json[]).map(({ step, node, type, edge, trigger, result }) => [
      step,
      node,
      type,
      edge,
      trigger,
      result,
    ])
    assert.deepEqual(steps, [
      [1, 'node-1', 'template', null, null, 'sent'],
      [2, 'node-1', 'template', 'edge-1', 'button_click', 'sent'],
      [3, 'node-2', 'template', null, null, 'sent'],
    ])
    const ended = (await done(200, 'GET', `${left}/`)).steps as Json[]
    assert.deepEqual([ended[0]?.result, ended[0]?.left_at], ['sent', null], 'its question was sent before it was ended')
    const listed = async (query: string) => {
      const { data, total } = await done(200, 'GET', `/chat-flow/runs/?flow=${id}${query}`)
      return [total, (data as Json[]).map(({ version, status, outcome }) => [version, status, outcome])]
    }
    const [second, first] = [
      [2, 'ended', 'stopped'],
      [1, 'ended', 'completed'],
    ]
    assert.deepEqual(await listed(''), [2, [second, first]])
    assert.deepEqual(await listed('&status=active'), [0, []])
    assert.deepEqual(await listed(`&conversation=${clicks.conversation}`), [1, [first]])

    const none = { timed_out: 0, handed_over: 0, failed: 0, taken_over: 0 }
    const told = await done(200, 'GET', `/chat-flow/analytics/?flow=${id}&days=1`)
    assert.deepEqual(told.runs, { ...none, started: 2, completed: 1, stopped: 1 })
    assert.deepEqual(told.versions, [
      { ...none, flow: id, name: 'Second', version: 2, started: 1, completed: 0, stopped: 1 },
      { ...none, flow: id, name: 'Second', version: 1, started: 1, completed: 1, stopped: 0 },
    ])
    const nodes = (told.nodes as Json[]).map(({ median_seconds: _, ...node }) => node)
    assert.deepEqual(nodes, [
      {
        node: 'node-1',
        entered: 2,
        left: 1,
        missed: 1,
        dropped: 1,
        drop_off: 50,
        edges: [{ edge: 'edge-1', trigger: 'button_click', count: 1 }],
      },
      {
        node: 'node-2',
        entered: 1,
        left: 1,
        missed: 0,
        dropped: 0,
        drop_off: 0,
        edges: [{ edge: null, trigger: null, count: 1 }],
      },
    ])
    const ofFirst = await done(200, 'GET', `/chat-flow/analytics?flow=${id}&version=1`)
    assert.deepEqual(ofFirst.runs, { ...none, started: 1, completed: 1, stopped: 0 })
    await done(404, 'GET', `/chat-flow/analytics/?flow=${randomUUID()}`)
    await done(400, 'GET', '/chat-flow/analytics/?version=1')
  })

  it('has message templates, which stay while a flow sends them', async () => {
    const body = {
      name: 'order',
      body: 'Order {{ order_id }} of {{contact.name|you}}, {{variables.order_id}}',
      buttons: [{ label: 'Yes', value: 'y' }],
    }
    const made = await done(201, 'POST', '/chat-flow/templates/', body)
    assert.deepEqual(made.variables, ['variables.order_id', 'contact.name'])
    const at = `/chat-flow/templates/${made.id}`
    assert.deepEqual(await done(200, 'GET', `${at}/`), made)
    const changed = await done(200, 'PUT', at, {
      body: 'Order {{order_id | 1}}',
      whatsapp: { name: 'order', language: 'en' },
    })
    assert.deepEqual([changed.variables, changed.buttons], [['order_id'], body.buttons])
    assert.equal((await done(200, 'PATCH', `${at}/`, { name: 'renamed' })).name, 'renamed')
    const { data } = await done(200, 'GET', '/chat-flow/templates?limit=100')
    assert.ok((data as Json[]).some(({ id, name }) => id === made.id && name === 'renamed'))
    for (const text of ['Hi {{name', 'Hi }}', 'Hi {{ }}']) {
      const answer = await ask('POST', '/chat-flow/templates/', { name: 'bad', body: text })
      assert.deepEqual([answer.status, pathsOf(answer)], [400, ['/body']])
    }
    for (const [buttons, path] of [
      [[{ label: 'A' }, { label: ' a' }], '/buttons/1/label'],
      [
        [
          { label: 'A', value: '1' },
          { label: 'B', value: '1' },
        ],
        '/buttons/1/value',
      ],
      [[{ label: 'A', value: 'B' }, { label: 'B' }], '/buttons/1/value'],
    ] as const) {
      const answer = await ask('POST', '/chat-flow/templates/', { name: 'bad', body: 'x', buttons })
      assert.deepEqual([answer.status, pathsOf(answer)], [400, [path]], 'a click must tell which button it was')
    }
    const id = await flow({ start_template: made.id, flow_data: { nodes: [], edges: [] } })
    const used = await ask('DELETE', `${at}/`)
    assert.deepEqual([used.status, used.body.type], [409, 'urn:parley:problem:template-in-use'])
    await done(200, 'PUT', `/chat-flow/flows/${id}/`, { start_template: null })
    await done(204, 'DELETE', `${at}/`)
    await done(404, 'GET', at)
  })

  it('is read by agents and written by admins', async () => {
    const id = await flow()
    const asAgent = async (method: Method, path: string, body?: unknown) =>
      (await ask(method, path, body, house.agentToken)).status
    for (const path of [
      'flows',
      `flows/${id}`,
      `flows/${id}/versions`,
      'nodes',
      'edges',
      'templates',
      'runs',
      'analytics',
    ]) {
      assert.equal(await asAgent('GET', `/chat-flow/${path}/`), 200, path)
    }
    assert.equal(await asAgent('POST', '/chat-flow/flows/', { name: 'Mine' }), 403)
    assert.equal(await asAgent('PUT', `/chat-flow/flows/${id}/`, { name: 'Mine' }), 403)
    assert.equal(await asAgent('DELETE', `/chat-flow/flows/${id}/`), 403)
    assert.equal(await asAgent('POST', '/chat-flow/templates/', { name: 'Mine', body: 'x' }), 403)
  })

  it('is named by a widget only where there is one', async () => {
    const id = await flow({ is_active: true })
    const nowhere = await ask('POST', '/api/widgets', { name: 'Nowhere', flowId: randomUUID() })
    assert.deepEqual([nowhere.status, pathsOf(nowhere)], [400, ['/flowId']])
    const { id: widgetId } = await done(201, 'POST', '/api/widgets', { name: 'Somewhere', flowId: id })
    const changed = await ask('PUT', `/api/widgets/${widgetId}`, { flowId: randomUUID() })
    assert.deepEqual([changed.status, pathsOf(changed)], [400, ['/flowId']])
    await done(204, 'DELETE', `/chat-flow/flows/${id}`)
    await done(200, 'PUT', `/api/widgets/${widgetId}`, { name: 'Still somewhere', flowId: id })
  })

  it('starts nothing once it is deleted, but its versions stay for the runs in it', async () => {
    const { config } = house.stack
    const system = await createInternalTokens(config.internalSecret).issue({ kind: 'system', id: 'test' })
    const internal = async (service: 'commandApi' | 'queryApi', path: string) => {
      const headers = { 'x-wait-for': String(position) }
      const { body } = await callerOf(serviceUrl(config, service))('GET', path, { token: system, headers })
      return body
    }
    // It begins before there is a flow that would start by itself.
    const { body: talk } = await house.call('POST', '/api/conversations', { body: { widgetId: house.demo.widgetId } })
    const settings = { triggers: { keywords: ['help'], on_conversation_start: true } }
    const id = await flow({ is_active: true, settings })
    const triggers = () => internal('queryApi', `/internal/workspaces/${house.demo.workspaceId}/flow-triggers`)
    const mine = async () => ((await triggers()).data as Json[]).filter(({ flowId }) => flowId === id)
    assert.deepEqual(await mine(), [{ flowId: id, version: 1, keywords: ['help'], onConversationStart: true }])
    const { warnings } = await done(200, 'GET', `/chat-flow/flows/${id}/`)
    assert.match(JSON.stringify(warnings), /help.*the active flow Second has it too/)
    const start = (key: string) =>
      house.call('POST', `/chat-flow/flows/${id}/start/`, {
        token: house.agentToken,
        body: { conversation_id: talk.id },
        headers: { 'idempotency-key': key },
      })
    const started = await start('once')
    await done(200, 'POST', `/chat-flow/runs/${started.body.id}/end/`)
    await done(204, 'DELETE', `/chat-flow/flows/${id}`)
    const [again, other] = [await start('once'), await start('another')]
    assert.deepEqual([again.status, again.body.id, other.status], [201, started.body.id, 404])
    await done(404, 'GET', `/chat-flow/flows/${id}/`)
    await done(404, 'PUT', `/chat-flow/flows/${id}/`, { name: 'Again' })
    assert.deepEqual(await mine(), [])
    const version = await internal('commandApi', `/internal/flows/${id}/versions/1`)
    assert.deepEqual([version.flowId, version.version, version.flowData], [id, 1, graph()])
    assert.deepEqual(await internal('queryApi', '/internal/flow-runs/active'), { data: [] })
  })
})
