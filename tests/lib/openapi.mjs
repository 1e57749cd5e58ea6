#!/usr/bin/env node
// Holds the API to its own description: is the description valid OpenAPI, and is every real answer as it says?
//
//   import { describe } from '…/tests/lib/openapi.mjs'
//   const { faults, answer } = await describe(document)      faults: what is wrong with the description
//   answer({ method, path, status, type, body })             -> what is wrong with that answer, [] if nothing
//
// For tests in other languages: openapi.mjs DESCRIPTION.json ANSWERS.jsonl prints each fault as a line and exits 1 if
// there are any. An answer that the description does not mention is a fault too, so that nothing is left out of it.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const pointer = (...parts) => parts.map((p) => '/' + String(p).replaceAll('~', '~0').replaceAll('/', '~1')).join('')
const fragment = (ptr) => ptr.split('/').map(encodeURIComponent).join('/')

export async function describe(document) {
  const judged = await new Validator().validate(structuredClone(document))
  const faults = judged.valid ? [] : [judged.errors].flat().map((e) => e.message ? `${e.instancePath ?? ''} ${e.message}` : String(e))
  const ajv = formats(new Ajv({ strict: false, allErrors: true }))
  ajv.addSchema({ ...document, $id: 'api:description' }, undefined, undefined, false)
  const compiled = new Map()
  const base = (document.servers?.[0]?.url ?? '').replace(/^https?:\/\/[^/]+/, '').replace(/\/$/, '')

  // Literal parts before parameters: /units/next is not /units/{code}.
  const paths = Object.keys(document.paths ?? {}).sort((a, b) => a.split('{').length - b.split('{').length)
    .map((path) => [path, new RegExp('^' + path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+') + '$')])

  // Follows $ref by hand: a whole response may be one, and ajv knows only schemas. Gives [pointer, value].
  function at(ptr) {
    let value = document
    for (const part of ptr.split('/').slice(1)) value = value?.[part.replaceAll('~1', '/').replaceAll('~0', '~')]
    return value?.$ref?.startsWith('#/') ? at(decodeURIComponent(value.$ref.slice(1))) : [ptr, value]
  }

  function answer({ method, path, status, type, body }) {
    const what = `${method} ${path} -> ${status}`
    const bare = path.split('?')[0]
    const place = bare.startsWith(base + '/') ? bare.slice(base.length) : bare
    const found = paths.find(([, pattern]) => pattern.test(place))
    const operation = found && document.paths[found[0]][method.toLowerCase()]
    if (!operation) return [`${what}: the description has no such call`]
    const code = [String(status), `${String(status)[0]}XX`, 'default'].find((c) => operation.responses?.[c])
    if (!code) return [`${what}: the description has no such status`]
    const [ptr, response] = at(pointer('paths', found[0], method.toLowerCase(), 'responses', code))
    const media = (type ?? '').split(';')[0].trim()
    if (!response.content) return body === undefined || body === null || body === '' ? [] : [`${what}: has a body, the description none`]
    const content = response.content[media]
    if (!content) return [`${what}: is ${media || 'without a type'}, not ${Object.keys(response.content).join(' or ')}`]
    if (!content.schema) return []
    const ref = 'api:description#' + fragment(ptr + pointer('content', media, 'schema'))
    if (!compiled.has(ref)) compiled.set(ref, ajv.compile({ $ref: ref }))
    const valid = compiled.get(ref)
    return valid(body) ? [] : valid.errors.map((e) => `${what}: ${e.instancePath || '/'} ${e.message}${
      e.params.additionalProperty ? ` (${e.params.additionalProperty})` : ''}`)
  }
  return { faults, answer }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { faults, answer } = await describe(JSON.parse(readFileSync(process.argv[2], 'utf8')))
  for (const line of readFileSync(process.argv[3], 'utf8').split('\n')) if (line) faults.push(...answer(JSON.parse(line)))
  for (const fault of faults) console.log(fault)
  process.exitCode = faults.length ? 1 : 0
}
