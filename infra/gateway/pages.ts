import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express from 'express'
import { openApiDocument } from '../../schemas/openapi.ts'
import { passwordPage, passwordScript } from './password-page.ts'

/**
 * What people and tools read about the API: `/openapi.json`, and `/docs`, which shows it and to which `/` leads; and the page of one-time
 * links. Needs no network.
 */
export interface Pages {
  have(request: IncomingMessage): boolean
  serve(request: IncomingMessage, response: ServerResponse): void
}

const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const

/** Swagger UI sets styles in attributes and draws its icons from data: addresses; nothing else comes from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Parley API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const script = `window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
})
`

export function createPages(): Pages {
  const document = JSON.stringify(openApiDocument())
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

  const app = express()
  app.disable('x-powered-by')
  app.get('/', (_request, response) => {
    response.redirect('/docs')
  })
  app.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(document)
  })
  app.use(['/docs', '/set-password'], (_request, response, next) => {
    response.set('Content-Security-Policy', policy)
    next()
  })
  app.get('/docs', (_request, response) => {
    response.type('html').send(page)
  })
  app.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(script)
  })
  app.get('/set-password', (_request, response) => {
    response.set('Cache-Control', 'no-store').type('html').send(passwordPage)
  })
  app.get('/set-password.js', (_request, response) => {
    response.type('text/javascript').send(passwordScript)
  })
  for (const asset of assets) {
    app.get(`/docs/${asset}`, async (_request, response) => {
      response.set('Cache-Control', 'public, max-age=3600').type(asset.slice(asset.lastIndexOf('.')))
      response.send(await readFile(join(folder, asset)))
    })
  }

  const paths = new Set([
    '/',
    '/openapi.json',
    '/docs',
    '/docs/',
    '/docs/start.js',
    '/set-password',
    '/set-password.js',
    ...assets.map((name) => `/docs/${name}`),
  ])
  return {
    have({ method, url = '' }) {
      return (method === 'GET' || method === 'HEAD') && paths.has(url.split('?', 1)[0] ?? '')
    },
    serve(request, response) {
      app(request, response)
    },
  }
}
