// What the browser tests stand on: a rehearsal store with its dossiers on each engine, served by the real program; Debian's Chromium; and one way
// to look at a page, which judges everything that must hold on every page:
//
//   axe         no violation of WCAG 2.2 A and AA
//   policy      nothing that the Content-Security-Policy stops, nothing on the console, no script that fails
//   html        html-validate finds nothing in the HTML as it was sent
//   width       nothing to scroll sideways
//   weight      a citizen's page, first seen: 60 KB transferred at most, of it 6 KB of script
//
// Pictures of every page at both widths lie in build/pictures/ENGINE/ for people to look at.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { HtmlValidate } from 'html-validate/node'
import { chromium } from 'playwright-core'

export const ROOT = process.env.MOTCUA_ROOT || dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const MOTCUA = process.env.MOTCUA || ROOT + '/build/motcua'
export const PASSWORD = 'tap-duot-2026'
export const WIDTHS = [[360, 740], [1366, 768]]
const PAGE_MAX = 60 * 1024, SCRIPT_MAX = 6 * 1024
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

// --- a store, served ---

function database(words) {
  const name = `browser_${process.pid}`, at = Object.fromEntries(words.split(' ').map((w) => w.split('=')))
  const psql = (sql) => execFileSync('psql', ['-h', at.host, '-U', at.user, '-d', at.dbname, '-qc', sql])
  psql(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`)
  return { dsn: `host=${at.host} user=${at.user} dbname=${name}`, drop: () => psql(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/* The engines there are: [name, why not]. */
export const engines = () => [['sqlite', ''], ['postgres', process.env.MOTCUA_TEST_PG ? '' : 'there is no PostgreSQL']]

function run(...words) {
  const r = spawnSync(MOTCUA, words, { encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`motcua ${words.join(' ')}: ${r.status}\n${r.stderr}`)
}

function accounts(dir) {
  const staff = [], citizens = []
  for (const line of readFileSync(dir + '/accounts.txt', 'utf8').split('\n')) {
    const s = /^([a-z.]+)\s+(\w+)\s+(\S+)\s+(mct_\S+|\S+)/.exec(line), c = /^#\s+(\d{12})\s+(.+)$/.exec(line)
    if (s) staff.push({ login: s[1], role: s[2], unit: s[3], token: s[4] })
    else if (c) citizens.push({ login: c[1], role: 'citizen', name: c[2] })
  }
  return { staff, citizens, of: (role) => role === 'citizen' ? citizens[0] : staff.find((a) => a.role === role) }
}

async function serve(dir) {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', MOTCUA, 'serve', dir, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const log = []
  const url = await new Promise((found, lost) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line)
      if (line.startsWith('http://')) found(line.trim())
    })
    child.on('exit', (code) => lost(new Error(`the server ended: ${code}\n${log.join('\n')}`)))
  })
  const end = () => new Promise((done) => { child.removeAllListeners('exit'); child.on('exit', (code) => done(code)); child.kill('SIGTERM') })
  return { url, log, end }
}

/* A store with the dossiers of the rehearsal, served: {url, dir, accounts, dossier, restart(), end() → exit code}. */
export async function rehearsal(engine) {
  const folder = mkdtempSync(join(tmpdir(), 'motcua-browser-')), dir = folder + '/data'
  const base = engine === 'postgres' ? database(process.env.MOTCUA_TEST_PG) : null
  run('init', dir, '--rehearsal', '--province', '91', ...(base ? ['--engine', 'postgres', '--dsn', base.dsn] : []))
  run('demo', dir)
  let server = await serve(dir)
  const who = accounts(dir), clerk = who.of('clerk')
  const list = await (await fetch(server.url + '/api/v1/dossiers?limit=1', { headers: { Authorization: 'Bearer ' + clerk.token } })).json()
  return {
    get url() { return server.url }, dir, accounts: who, dossier: list.items?.[0]?.code || 'none',
    async restart() { await server.end(); server = await serve(dir) },
    async end() {
      const code = await server.end()
      if (base) base.drop()
      rmSync(folder, { recursive: true, force: true })
      return code
    },
  }
}

// --- a browser ---

export const browser = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : [] })

/* Fills in a form's fields by their names and presses its button. */
export async function send(page, fields, button) {
  for (const [name, value] of Object.entries(fields)) await page.locator(`main [name="${name}"]`).fill(value)
  await Promise.all([page.waitForEvent('load'), page.locator('main').getByRole('button', { name: button }).click()])
}

export async function signIn(page, url, login, password = PASSWORD, next = '') {
  await page.goto(url + '/dang-nhap' + (next ? '?tiep=' + encodeURIComponent(next) : ''))
  await send(page, { ten: login, 'mat-khau': password }, 'Đăng nhập')
}

// --- looking at a page ---

const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'no-trailing-whitespace': 'off', // of templates
    'no-implicit-button-type': 'off', // a button of ours sends its form, which is what it is without a type
    'prefer-native-element': 'off', 'no-redundant-role': 'off', // govuk-frontend says roles for old screen readers
    'attr-quotes': ['error', { style: 'double' }],
    'no-inline-style': 'error', 'no-unknown-elements': 'error', 'script-type': 'off',
    'form-dup-name': 'off', // several buttons and boxes of one name are one question
    'long-title': 'off', 'tel-non-breaking': 'off', 'no-dup-class': 'error', 'require-sri': 'off',
  },
})

/* A tab that keeps what goes wrong in it and what it weighs. */
export async function tab(context) {
  const page = await context.newPage(), wrong = [], weight = { all: 0, script: 0 }
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !/status of [45]\d\d/.test(m.text())) wrong.push(m.text()) })
  page.on('pageerror', (e) => wrong.push(String(e)))
  const wire = await context.newCDPSession(page), types = new Map()
  await wire.send('Network.enable')
  wire.on('Network.responseReceived', (e) => types.set(e.requestId, e.type))
  wire.on('Network.loadingFinished', (e) => {
    weight.all += e.encodedDataLength
    if (types.get(e.requestId) === 'Script') weight.script += e.encodedDataLength
  })
  return { page, wrong, weight, reset() { wrong.length = weight.all = weight.script = 0 } }
}

const brief = (violations) => violations.map((v) => `${v.id}: ${v.help}\n` + v.nodes.slice(0, 4).map((n) => `   ${n.target.join(' ')}\n   ${n.html.slice(0, 200)}`).join('\n')).join('\n')

/* Judges the page that stands in the tab. `html` is the document as it was sent. Gives a list of [what, holds, details]. */
export async function judge(t, { html, citizen = false, script = true, first = true }) {
  const found = []
  if (script) {
    await t.page.evaluate(AXE + ';undefined')
    const r = await t.page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), RULES)
    found.push(['axe (WCAG 2.2 AA)', r.violations.length === 0, brief(r.violations)])
    const sideways = await t.page.evaluate(() => {
      const room = document.documentElement.clientWidth
      if (document.documentElement.scrollWidth <= room) return ''
      return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > room + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 160)).join('\n')
        || `${document.documentElement.scrollWidth} > ${room}`
    })
    found.push(['nothing to scroll sideways', sideways === '', sideways])
  }
  if (html !== undefined) {
    const report = await validator.validateString(html)
    found.push(['html', report.valid, report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`)).join('\n')])
    found.push(['no script, style or handler within the page', !/<script(?![^>]*\bsrc=)|<style|\sstyle="|\son\w+="/i.test(html)])
  }
  found.push(['no violation of the policy, nothing on the console', t.wrong.length === 0, t.wrong.join('\n')])
  if (citizen && first) found.push([`weight (${t.weight.all} bytes, script ${t.weight.script})`, t.weight.all <= PAGE_MAX && t.weight.script <= SCRIPT_MAX])
  return found
}

export async function picture(page, engine, name) {
  const folder = `${ROOT}/build/pictures/${engine}`
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
}
