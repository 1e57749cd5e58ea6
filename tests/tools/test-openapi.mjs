#!/usr/bin/env node
// tests/lib/openapi.mjs refuses a wrong description and a wrong answer; the API's own are judged by it in tests/e2e.
import { describe } from '../lib/openapi.mjs'
import { check, done } from '../lib/tap.mjs'

const description = () => ({
  openapi: '3.1.0',
  info: { title: 'x', version: '1' },
  servers: [{ url: '/api/v1' }],
  paths: {
    '/units/{code}': { get: { parameters: [{ name: 'code', in: 'path', required: true, schema: { type: 'string' } }],
      responses: { 200: { description: 'ok', content: { 'application/json': { schema: { $ref: '#/components/schemas/Unit' } } } },
        404: { $ref: '#/components/responses/Problem' } } } },
    '/units/next': { get: { responses: { 204: { description: 'none' } } } }
  },
  components: {
    schemas: { Unit: { type: 'object', required: ['code', 'since'], additionalProperties: false,
      properties: { code: { type: 'string' }, since: { type: 'string', format: 'date-time' }, parent: { type: ['string', 'null'] } } } },
    responses: { Problem: { description: 'no', content: { 'application/problem+json': { schema: { type: 'object', required: ['title'] } } } } }
  }
})
const { faults, answer } = await describe(description())
check('a valid description has no faults', faults.length === 0, faults)
const broken = description()
delete broken.paths['/units/{code}'].get.responses[200].description
check('a description against OpenAPI 3.1 is refused', (await describe(broken)).faults.length > 0)

const good = { method: 'GET', path: '/api/v1/units/91?x=1', status: 200, type: 'application/json; charset=utf-8',
  body: { code: '91', since: '2025-07-01T00:00:00+07:00', parent: null } }
check('an answer as described passes', answer(good).length === 0, answer(good))
const wrong = (name, change, reason) => {
  const said = answer({ ...good, ...change })
  check(`refused: ${name}`, said.length === 1 && said[0].includes(reason), said)
}
wrong('a missing field', { body: { code: '91' } }, 'since')
wrong('a field that is not described', { body: { ...good.body, name: 'x' } }, 'additional')
wrong('a wrong type', { body: { ...good.body, code: 91 } }, '/code')
wrong('a wrong format', { body: { ...good.body, since: 'yesterday' } }, 'date-time')
wrong('another media type', { type: 'text/html' }, 'text/html')
wrong('a status that is not described', { status: 500 }, 'status')
wrong('a call that is not described', { path: '/api/v1/towns' }, 'call')
wrong('a method that is not described', { method: 'DELETE' }, 'call')
wrong('a described error without its fields', { status: 404, type: 'application/problem+json', body: {} }, 'title')
check('a described error passes', answer({ ...good, status: 404, type: 'application/problem+json', body: { title: 'x' } }).length === 0)
const none = { method: 'GET', path: '/api/v1/units/next', status: 204 }
check('a literal path comes before a parameter', answer(none).length === 0, answer(none))
check('refused: a body where none is described', answer({ ...none, body: {} }).length === 1)
done()
