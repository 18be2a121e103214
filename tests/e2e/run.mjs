// SPDX-License-Identifier: Apache-2.0
// Runs the end-to-end tests: node tests/e2e/run.mjs [name...]. One installation is shared by all files but those of tests/faults and the
// few that start their own; leaks comes last, over everything that the others left. Ends with one line: N passed, N failed, N skipped.
// GATEHOUSE_E2E_KEEP=1 keeps the directories of installations.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const rounds = Number(process.env.GATEHOUSE_ROUNDS ?? 2); // of kill -9, see tests/faults/parts
const FILES = [
    ['sdk', 60],
    ['dialects', 60],
    ['responses', 60],
    ['body', 90],
    ['backend', 120],
    ['failover', 90],
    ['identity', 120],
    ['authz', 60],
    ['access', 60],
    ['doors', 60],
    ['elevation', 90],
    ['conditional', 90],
    ['withdrawal', 90],
    ['rbac', 90],
    ['guards', 60],
    ['shield', 60],
    ['dlp', 60],
    ['redteam', 60],
    ['reviews', 90],
    ['around', 90],
    ['config', 60],
    ['networks', 90],
    ['api', 60],
    ['cli', 60],
    ['audit', 60],
    ['guidance', 60],
    ['own', 60],
    ['baseline', 60],
    ['baseline-scan', 60],
    ['leaks', 60],
    ['backup', 120],
    ['../faults/parts', 150 + 15 * rounds],
    ['../faults/disk', 90],
    ['../faults/snapshot', 120],
    ['../faults/upgrade', 120],
    ['../faults/shield', 90],
]; // [file without .test.mjs, seconds it may take]

const stretch = Number(process.env.GATEHOUSE_E2E_STRETCH ?? 1); // slower under sanitizers and for many rounds of faults
const keep = process.env.GATEHOUSE_E2E_KEEP === '1';
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-e2e-run-'));
process.env.GATEHOUSE_E2E_CANARIES = path.join(scratch, 'canaries');
process.env.GATEHOUSE_E2E_STARTED = path.join(scratch, 'started'); // data directories, so that a file that had to be killed leaves nothing running

const chosen = process.argv.slice(2);
const wanted = FILES.filter(([name]) => chosen.length === 0 || chosen.includes(path.basename(name)));
if (wanted.length === 0) {
    console.error(`no such test; there are: ${FILES.map(([n]) => path.basename(n)).join(' ')}`);
    process.exit(2);
}

function runFile(name, seconds, env) {
    const tap = path.join(scratch, `${path.basename(name)}.tap`);
    const args = [
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        '--test-reporter=tap',
        `--test-reporter-destination=${tap}`,
        path.join(here, `${name}.test.mjs`),
    ];
    console.log(`\n== ${path.basename(name)}`);
    return new Promise((done) => {
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
        const timer = setTimeout(
            () => (console.log(`${name}: not done in ${seconds * stretch} s`), child.kill('SIGKILL')),
            seconds * stretch * 1000,
        );
        child.on('close', (code) => (clearTimeout(timer), done(counts(tap, code))));
    });
}

/** From the summary that ends a TAP report; a file that died without one counts as a failure. */
function counts(tap, code) {
    const text = fs.existsSync(tap) ? fs.readFileSync(tap, 'utf8') : '';
    const of = (word) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, 'm'))?.[1] ?? 0);
    const failed = of('fail') + of('cancelled');
    return { passed: of('pass'), failed: code !== 0 && failed === 0 ? 1 : failed, skipped: of('skipped') + of('todo') };
}

process.env.GATEHOUSE_E2E_RUNNER = '1'; // nothing of the harness is a test here
const { BINARY, Installation, SHARED, runProgram } = await import('./harness.mjs');
delete process.env.GATEHOUSE_E2E_RUNNER;
const total = { passed: 0, failed: 0, skipped: 0 };
let gate;
try {
    const env = {};
    if (wanted.some(([name]) => !name.startsWith('../faults'))) {
        const geo = path.join(SHARED, 'data/geo/GeoIP2-Country-Test.mmdb'); // where it is not there, no country is known
        gate = await Installation.start({ args: ['--demo', '--allow-loopback', ...(fs.existsSync(geo) ? ['--geo-database', geo] : [])] });
        Object.assign(env, { GATEHOUSE_E2E: gate.dir, NODE_EXTRA_CA_CERTS: gate.ready.ca });
    }
    for (const [name, seconds] of wanted) {
        const got = await runFile(name, seconds, env);
        for (const k of Object.keys(total)) total[k] += got[k];
    }
} catch (e) {
    console.log(e.stack);
    total.failed++;
} finally {
    await gate?.stop();
    for (const data of fs.existsSync(process.env.GATEHOUSE_E2E_STARTED)
        ? new Set(fs.readFileSync(process.env.GATEHOUSE_E2E_STARTED, 'utf8').trim().split('\n'))
        : [])
        if (fs.existsSync(data)) await runProgram(BINARY, ['down', '--data', data]);
    if (keep) console.log(`kept: ${gate?.dir} ${scratch}`);
    else (gate?.erase(), fs.rmSync(scratch, { recursive: true, force: true }));
}
console.log(`\ne2e: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
