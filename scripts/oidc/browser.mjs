// A browser for the tests: opens an address, keeps cookies, follows redirects
// and submits the forms of the device flow, until a page is left.
//
//   node browser.mjs ADDRESS
import process from 'node:process'

let address = process.argv[2]
const jar = new Map() // by host and port
let body, method = 'GET'
for (let hop = 0; hop < 20; hop++) {
  const url = new URL(address)
  const cookies = jar.get(url.host) ?? new Map()
  jar.set(url.host, cookies)
  const headers = { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') }
  if (body) headers['content-type'] = 'application/x-www-form-urlencoded'
  let res
  try {
    res = await fetch(url, { method, body, headers, redirect: 'manual' })
  } catch (err) { // As a browser on another machine, which finds nobody at its own address.
    console.log('no answer from', url.host)
    process.exit(0)
  }
  for (const line of res.headers.getSetCookie()) {
    const [pair] = line.split(';')
    const at = pair.indexOf('=')
    cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
  const page = await res.text()
  body = undefined
  method = 'GET'
  if (res.status >= 300 && res.status < 400) {
    address = new URL(res.headers.get('location'), url).href
    if (address.includes('/callback?')) console.log('callback', address)
    continue
  }
  const form = page.match(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/)
  if (!form || res.status !== 200) {
    console.log(res.status, page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim())
    process.exit(0)
  }
  const fields = new URLSearchParams()
  for (const [input] of form[2].matchAll(/<input[^>]*>/g)) {
    const name = input.match(/name="([^"]*)"/), value = input.match(/value="([^"]*)"/)
    if (name && name[1] !== 'abort') fields.set(name[1], value ? value[1] : '')
  }
  if (fields.get('user_code') === '') { // It asks for a code anew: the one before is spent.
    console.log(res.status, 'asked for a code')
    process.exit(0)
  }
  if (form[2].includes('confirm')) fields.set('confirm', 'yes')
  address = new URL(form[1].replaceAll('&amp;', '&'), url).href
  body = fields.toString()
  method = 'POST'
}
console.log('the browser went in circles')
process.exit(1)
