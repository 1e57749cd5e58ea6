#!/usr/bin/env node
// Signing in as people do it, in the browser, with and without JavaScript: the wrong password, the lock, the other language, signing out and the
// button back, a session that ends while one types.
// test: timeout=600
import { check, done, skip } from '../lib/tap.mjs'
import { PASSWORD, WIDTHS, browser, engines, judge, picture, rehearsal, send, signIn, tab } from './harness.mjs'

const chromium = await browser()

async function journey(engine, store, [width, height], script, role) {
  const who = store.accounts.of(role), place = `${engine} ${width}${script ? '' : ' without script'} ${role}`
  const context = await chromium.newContext({ viewport: { width, height }, locale: 'vi-VN', javaScriptEnabled: script })
  const t = await tab(context), { page } = t
  const say = (name, holds, ...details) => check(`${place}: ${name}`, holds, ...details)
  const look = async (name) => {
    for (const [what, holds, ...details] of await judge(t, { script })) say(`${name}: ${what}`, holds, ...details)
    await picture(page, engine, `sign-in-${role}-${name.replaceAll(' ', '-')}-${width}${script ? '' : '-no-script'}`)
    t.reset()
  }
  await page.goto(store.url + '/dang-nhap?tiep=/tai-khoan')
  await send(page, { ten: who.login, 'mat-khau': 'sai rồi nhé' }, 'Đăng nhập')
  say('a wrong password is said first, in a sentence', (await page.locator('[data-error-summary]').innerText()).includes('mật khẩu không đúng'))
  say('the title says it too', (await page.title()).startsWith('Lỗi:'), await page.title())
  if (script) say('the summary has the focus', await page.evaluate(() => document.activeElement?.hasAttribute('data-error-summary')))
  say('the name stays', await page.locator('[name=ten]').inputValue() === who.login)
  await look('wrong password')
  await send(page, { 'mat-khau': PASSWORD }, 'Đăng nhập')
  say('the right one leads to where one wanted', new URL(page.url()).pathname === '/tai-khoan', page.url())
  await look('inside')
  const english = page.getByRole('link', { name: 'English' })
  await Promise.all([page.waitForEvent('load'), english.click()])
  say('the other language is one tap away, on the same page', await page.locator('html').getAttribute('lang') === 'en' && (await page.locator('h1').innerText()) === 'My account', page.url())
  await page.goto(store.url + '/tai-khoan')
  say('and stays', await page.locator('html').getAttribute('lang') === 'en')
  await Promise.all([page.waitForEvent('load'), page.getByRole('link', { name: 'Tiếng Việt' }).click()])

  // the session ends while she types
  await context.clearCookies({ name: 'mc-phien' })
  await page.locator('[name="mat-khau-cu"]').fill(PASSWORD)
  await page.locator('[name="mat-khau-moi"]').fill('ngắn')
  await page.locator('[name="mat-khau-lai"]').fill('ngắn')
  await Promise.all([page.waitForEvent('load'), page.locator('main').getByRole('button', { name: 'Đổi mật khẩu' }).click()])
  say('a session that ended: the sign-in says that what was typed is still there', (await page.locator('main').innerText()).includes('vẫn còn'), await page.locator('main').innerText())
  await look('session ended')
  await send(page, { ten: who.login, 'mat-khau': PASSWORD }, 'Đăng nhập')
  await look('send on')
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Gửi tiếp' }).click()])
  say('one button sends it on, and its form answers', (await page.locator('[data-error-summary]').innerText()).includes('ít nhất 8 ký tự'), page.url())
  await look('form refused')

  const kept = await context.cookies()
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Đăng xuất', exact: true }).first().click()])
  const left = await context.cookies()
  say('signing out takes the cookie away', !left.some((c) => c.name === 'mc-phien'), left)
  await page.goto(store.url + '/tai-khoan')
  say('and the account is behind the sign-in again', new URL(page.url()).pathname === '/dang-nhap')
  await context.addCookies(kept)
  await page.goto(store.url + '/tai-khoan')
  say('a cookie of before is of no use', new URL(page.url()).pathname === '/dang-nhap', kept.map((c) => c.name))
  await context.close()
}

async function locked(engine, store) {
  const context = await chromium.newContext({ viewport: { width: 360, height: 740 }, locale: 'vi-VN' })
  const t = await tab(context), who = store.accounts.citizens.at(-1)
  await t.page.goto(store.url + '/dang-nhap')
  for (let i = 0; i < 6; i++) await send(t.page, { ten: who.login, 'mat-khau': 'đoán mò đây' }, 'Đăng nhập')
  check(`${engine}: R-283: after five wrong ones the account is locked, and says for how long`, (await t.page.locator('[data-error-summary]').innerText()).includes('thử lại sau 1 phút'),
    await t.page.locator('main').innerText())
  for (const [what, holds, ...details] of await judge(t, {})) check(`${engine}: locked: ${what}`, holds, ...details)
  await picture(t.page, engine, 'sign-in-locked-360')
  await context.close()
}

for (const [engine, why] of engines()) {
  if (why) { skip(`${engine}: signing in`, why); continue }
  const store = await rehearsal(engine)
  try {
    await journey(engine, store, WIDTHS[0], true, 'citizen')
    await journey(engine, store, WIDTHS[1], true, 'clerk')
    await journey(engine, store, WIDTHS[0], false, 'officer')
    await locked(engine, store)
    const context = await chromium.newContext({ locale: 'vi-VN' }), page = await context.newPage()
    await signIn(page, store.url, store.accounts.of('leader').login, PASSWORD, '/tai-khoan')
    await store.restart()
    await page.goto(store.url + '/tai-khoan') // cookies know no ports
    check(`${engine}: a session outlives a restart of the server`, new URL(page.url()).pathname === '/tai-khoan', page.url())
    await context.close()
  } finally {
    check(`${engine}: the server ends well`, await store.end() === 0)
  }
}
await chromium.close()
done()
