// The little that a test script for Node.js needs to speak TAP; the twin of tap.py.
let count = 0, failed = 0

export function check(name, condition, ...details) {
  count += 1
  if (!condition) failed += 1
  console.log(`${condition ? 'ok' : 'not ok'} ${count} - ${name}`)
  if (!condition) for (const d of details) console.log('# ' + (typeof d === 'string' ? d : JSON.stringify(d)).replaceAll('\n', '\n# '))
}

export function skip(name, reason) {
  count += 1
  console.log(`ok ${count} - ${name} # SKIP ${reason}`)
}

// Prints the plan; a script that dies before has none and therefore fails.
export function done() {
  console.log(`1..${count}`)
  process.exitCode = failed ? 1 : 0
}
