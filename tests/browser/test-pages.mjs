#!/usr/bin/env node
// Every page of pages.mjs, at 360 and 1366 pixels and once without JavaScript, on both engines: axe, policy, HTML, width, weight (harness.mjs).
// test: timeout=1800
//
//   tests/browser/test-pages.mjs [NAME…]     only these of the list
import { check, done, skip } from '../lib/tap.mjs'
import { WIDTHS, browser, engines, judge, picture, rehearsal, signIn, tab } from './harness.mjs'
import { pages } from './pages.mjs'

const chromium = await browser()
const wanted = process.argv.slice(2), chosen = pages.filter((p) => !wanted.length || wanted.includes(p.name))

/* Cookies of everybody who looks: one sign-in each, for all widths. */
async function everybody(store) {
  const kept = {}
  for (const role of new Set(chosen.map((p) => p.as).filter(Boolean))) {
    const who = store.accounts.of(role)
    if (!who) continue
    const context = await chromium.newContext({ locale: 'vi-VN', javaScriptEnabled: false })
    await signIn(await context.newPage(), store.url, who.login)
    kept[role] = await context.storageState()
    await context.close()
  }
  return kept
}

/* '' or why this answer is not the page that the list means. */
function missing(want, answer) {
  const status = answer.status(), type = answer.headers()['content-type'] || ''
  if (!type.startsWith('text/html')) return `it is no page yet (${type})`
  return status === 404 && want !== 404 ? 'it is not there yet' : ''
}

async function look(engine, store, kept, one, [width, height], script) {
  const name = `${engine} ${width}${script ? '' : ' without script'}: ${one.name}`
  if (one.as && !kept[one.as]) return skip(name, `nobody is ${one.as}`)
  const context = await chromium.newContext({ viewport: { width, height }, locale: 'vi-VN', javaScriptEnabled: script, storageState: one.as ? kept[one.as] : undefined })
  const t = await tab(context)
  const answer = await t.page.goto(store.url + one.path.replace('{dossier}', store.dossier), { waitUntil: 'load' })
  const why = missing(one.status || 200, answer)
  if (why) {
    skip(name, why)
  } else {
    const html = await answer.text()
    check(`${name} answers ${one.status || 200}`, answer.status() === (one.status || 200), answer.status(), html.slice(0, 800))
    for (const [what, holds, ...details] of await judge(t, { html: width === 360 ? html : undefined, citizen: one.citizen, script })) check(`${name}: ${what}`, holds, ...details)
    await picture(t.page, engine, `${one.name}-${width}${script ? '' : '-no-script'}`)
  }
  await context.close()
}

for (const [engine, why] of engines()) {
  if (why) { skip(`${engine}: all pages`, why); continue }
  const store = await rehearsal(engine)
  try {
    const kept = await everybody(store)
    for (const one of chosen) {
      const all = engine === 'sqlite' // the pages are the same code: on the other engine one look at each is enough
      for (const size of all ? WIDTHS : WIDTHS.slice(0, 1)) await look(engine, store, kept, one, size, true)
      if (all) await look(engine, store, kept, one, WIDTHS[0], false)
    }
  } finally {
    check(`${engine}: the server ends well`, await store.end() === 0)
  }
}
await chromium.close()
done()
