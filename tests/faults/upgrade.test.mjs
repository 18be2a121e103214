// SPDX-License-Identifier: Apache-2.0
// Care while it serves: logs are rotated and no line is lost; new programs take the place of those that run, under load and under a stream, and
// nobody who calls a model notices.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, makePlace, ownInstallation, sleep } from '../e2e/harness.mjs';
import { sseData } from '../e2e/http.mjs';
import { startUpstream } from '../e2e/mock.mjs';

const build = path.resolve(process.env.BUILD ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '../../build'));
const programs = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-programs-'));
fs.chmodSync(programs, 0o755);
after(() => fs.rmSync(programs, { recursive: true, force: true }));
/** Another build, as far as anybody can tell: the same bytes and some more behind them. Put in its place by a rename, as packages do. */
function install(extra) {
    for (const from of ['control/gatehoused', 'vault/gatehouse-vault', 'echo/gatehouse-echo', 'edge/ngx_http_gatehouse_module.so']) {
        const to = path.join(programs, path.basename(from));
        fs.writeFileSync(`${to}.new`, Buffer.concat([fs.readFileSync(path.join(build, from)), Buffer.from(extra)]), { mode: 0o755 });
        fs.renameSync(`${to}.new`, to);
    }
}
install('');
const gate = await ownInstallation({ env: { GATEHOUSE_LIBEXEC: programs } });
const upstream = await startUpstream();
const slow = http.createServer(async (req, res) => {
    req.resume();
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let i = 0; i < 60 && !res.destroyed; i++) {
        res.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: `${i}` }, finish_reason: null }] })}\n\n`);
        await sleep(100);
    }
    res.end('data: [DONE]\n\n');
});
await new Promise((ok) => slow.listen(0, '127.0.0.1', ok));
after(() => (upstream.close(), slow.closeAllConnections(), slow.close()));
const place = await makePlace(gate, { upstream, models: ['json'] });
await gate.put(`${place.at}/backends/slow`, { url: `http://127.0.0.1:${slow.address().port}`, dialect: 'openai', auth: 'none' });
await gate.put(`${place.endpoint}/deployments/slow`, { model: 'slow', backend: 'slow' });
const is = { control: (p) => p.name === 'gatehoused', vault: (p) => p.name === 'gatehouse-vault', master: (p) => /nginx: master/.test(p.cmdline), worker: (p) => /nginx: worker process$/.test(p.cmdline.trim()) };
const pids = () => Object.fromEntries(Object.entries(is).map(([k, f]) => [k, gate.processes().filter(f).map((p) => p.pid).sort()]));
const isRoot = process.getuid() === 0; // of processes that may not be dumped, root alone sees descriptors and mappings
const logs = () => fs.readdirSync(path.join(gate.data, 'edge/logs')).sort();

test('logs are rotated: nginx writes to the new one, and what was written is kept', async () => {
    const log = path.join(gate.data, 'edge/logs/error.log');
    fs.appendFileSync(log, 'the last line of before\n');
    for (let i = 1; i <= 4; i++) {
        const { code, stderr } = await gate.local(['logs', 'rotate']);
        assert.equal(code, 0, stderr);
        await eventually('a new log', () => fs.existsSync(log) && logs().length === Math.min(i, 3) + 1);
        const master = pids().master[0];
        if (isRoot) await eventually('nginx has it open', () => fs.readdirSync(`/proc/${master}/fd`).some((fd) => {
            try {
                return fs.readlinkSync(`/proc/${master}/fd/${fd}`) === log;
            } catch {
                return false;
            }
        }));
        fs.appendFileSync(log, `line ${i}\n`);
    }
    const all = logs().map((f) => fs.readFileSync(path.join(gate.data, 'edge/logs', f), 'utf8'));
    for (const line of ['line 2', 'line 3', 'line 4'])
        assert.ok(all.some((t) => t.includes(line)), line);
    assert.deepEqual(logs(), ['error.log', 'error.log.1', 'error.log.2', 'error.log.3']);
});

test('the log of the installation is shortened where all parts write to it, without losing a line', async () => {
    const log = path.join(gate.data, 'run/gatehouse.log');
    const lines = Array.from({ length: 400 }, (_, i) => `a line of before, number ${i}, long enough to fill some blocks of a file system`);
    fs.appendFileSync(log, lines.join('\n') + '\n');
    assert.equal((await gate.local(['logs', 'rotate'])).code, 0);
    await eventually('the older part beside', () => fs.existsSync(`${log}.1`));
    await eventually('the file takes less', () => fs.statSync(log).blocks * 512 < 16384);
    const text = fs.readFileSync(`${log}.1`, 'utf8') + fs.readFileSync(log, 'utf8').replace(/\0/g, '');
    for (const l of lines)
        assert.ok(text.includes(l), l);
});

test('new programs under load: no call fails, a stream goes on, and all parts are the new ones', async () => {
    const before = pids(), conf = () => fs.readFileSync(path.join(gate.data, 'edge/nginx.conf'), 'utf8').match(/load_module (\S+);/)[1];
    const old = conf();
    const stream = place.chat('slow', { body: { stream: true }, timeoutMs: 30_000 });
    await sleep(300);
    const answers = [];
    let isOn = true;
    const load = Promise.all([1, 2].map(async (version) => {
        while (isOn)
            answers.push(await place.chat('json', { version, timeoutMs: 8000 }).then((a) => a.status, (e) => e.message));
    }));
    install('another build');
    const { code, stderr } = await gate.local(['upgrade']);
    assert.equal(code, 0, stderr);
    await eventually('the upgrade is done', () => {
        const now = pids();
        return conf() !== old && now.control[0] && now.control[0] !== before.control[0] && now.vault[0] && now.vault[0] !== before.vault[0] &&
            now.worker.some((p) => !before.worker.includes(p));
    }, { withinMs: 20_000, everyMs: 50 });
    await gate.record('the upgrade is recorded', (r) => r.kind === 'system' && /upgrade/.test(JSON.stringify(r)));
    isOn = false;
    await load;
    assert.deepEqual([...new Set(answers)], [200], `${answers.length} calls`);
    assert.deepEqual(pids().master, before.master, 'the same nginx');
    assert.ok(before.worker.some((p) => pids().worker.includes(p)) || (await stream).status === 200, 'an old worker finishes its stream');
    const got = await stream;
    assert.equal(sseData(got.text).length, 61);
    assert.equal(sseData(got.text).at(-1), '[DONE]');
    assert.deepEqual(fs.readdirSync(path.join(gate.data, 'edge')).filter((f) => f.startsWith('module')), [path.basename(conf())]);
    const maps = isRoot && fs.readFileSync(`/proc/${pids().worker.find((p) => !before.worker.includes(p))}/maps`, 'utf8');
    assert.ok(!isRoot || maps.includes(path.basename(conf())), 'the new workers run the new module');
    assert.equal((await gate.put(`${place.at}/secrets/after`, { value: 'a-value-after-the-upgrade', hosts: ['h.example:443'] })).status, 201);
});

test('a module that nginx does not take is refused, and the old one serves on', async () => {
    const worker = pids().worker;
    fs.writeFileSync(path.join(programs, 'ngx_http_gatehouse_module.so.new'), 'no module', { mode: 0o755 });
    fs.renameSync(path.join(programs, 'ngx_http_gatehouse_module.so.new'), path.join(programs, 'ngx_http_gatehouse_module.so'));
    assert.equal((await gate.local(['upgrade'])).code, 0);
    await eventually('status says so', async () => /could not be renewed/.test((await gate.local(['status'])).stdout), { withinMs: 15_000 });
    assert.equal((await place.chat('json')).status, 200);
    assert.deepEqual(pids().worker, worker);
});
