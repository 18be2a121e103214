// SPDX-License-Identifier: Apache-2.0
// No answer without its record: whatever happens to the spool, requests are refused within a second, and served again without anybody's help.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startUpstream } from '../e2e/mock.mjs';
import { backendRow, eventually, isSanitized, startGate } from './gate.mjs';

const upstream = await startUpstream();
const gate = await startGate({ models: ['json', 'stream', 'stream-paced'], backend: backendRow('demo', 'mock', upstream) });
after(async () => (await gate.stop({ mayDie: true }), upstream.close()));
const status = async () => (await gate.chat('json')).status;
const spool = path.join(gate.data, 'spool');
const file = () => path.join(spool, fs.readdirSync(spool).filter((f) => !f.endsWith('.old')).map((f) => [fs.statSync(path.join(spool, f)).mtimeMs, f]).sort().at(-1)[1]);
const details = () => gate.records().filter((r) => r.kind === 'system').map((r) => r.detail);

/** Refused at the latest a second after the fault, unless it healed before that could be seen. */
async function heals(what) {
    await eventually(`${what}: told`, () => details().some((d) => d?.includes(what)), { withinMs: 3000 });
    await eventually(`${what}: serves again`, async () => (await status()) === 200);
}

test('each worker writes one file, records in sequence', async () => {
    assert.equal(await status(), 200);
    const records = gate.records();
    assert.deepEqual(records.map((r) => r.sequence), records.map((_, i) => i + 1));
    assert.equal(records[0].kind, 'worker_start');
    assert.match(path.basename(file()), /^[0-9a-f]{16}-\d+\.spool$/);
    assert.equal(records[0].epoch, path.basename(file()).slice(0, 16));
});
test('unlinked: noticed, a new epoch, serves again', async () => {
    const old = file();
    fs.renameSync(old, `${old}.old`);
    fs.rmSync(`${old}.old`);
    await heals('unlinked');
    assert.notEqual(file(), old);
    assert.ok(fs.existsSync(file()));
});
test('truncated: noticed, a new epoch, serves again', async () => {
    const old = file();
    await status();
    fs.truncateSync(old, 0);
    await heals('truncated');
    assert.notEqual(file(), old);
});
test('a file is no longer than a sixteenth of what the folder may hold: what was drained can go while the hour lasts', async () => {
    const longest = 20_000, begun = path.basename(file()).slice(0, 16);
    gate.installationOver = { spool_max_bytes: 16 * longest };
    gate.write('base', gate.rows({ models: ['json'], backend: gate.backend }));
    gate.publish();
    const files = () => fs.readdirSync(spool).filter((f) => f.startsWith(begun) && f.endsWith('.spool')).sort();
    const first = files().at(-1);
    for (let i = 0; i < 600 && files().length < 5; i += 1) assert.equal(await status(), 200);
    const all = files(), after = all.slice(all.indexOf(first) + 1);
    assert.ok(after.length >= 3, all.join());
    for (const f of after) assert.ok(fs.statSync(path.join(spool, f)).size < longest + 10_000, f);
    const sequences = gate.records().filter((r) => r.epoch === begun).map((r) => r.sequence);
    assert.deepEqual(sequences, sequences.map((_, i) => sequences[0] + i), 'one sequence through all files, in the order of their names');
    for (const f of all.slice(0, -1)) fs.rmSync(path.join(spool, f)); // as control does once they are drained
    assert.equal(await status(), 200);
    gate.installationOver = {};
    gate.write('base', gate.rows({ models: ['json', 'stream', 'stream-paced'], backend: gate.backend }));
    gate.publish();
});
test('the folder over its bound: 503 until it is drained', async () => {
    fs.writeFileSync(path.join(spool, 'ballast.old'), Buffer.alloc(100_000));
    gate.installationOver = { spool_max_bytes: 60_000 };
    gate.write('base', gate.rows({ models: ['json'], backend: gate.backend }));
    gate.publish();
    await eventually('503', async () => (await status()) === 503);
    fs.rmSync(path.join(spool, 'ballast.old'));
    await eventually('200', async () => (await status()) === 200);
    gate.installationOver = {};
    gate.write('base', gate.rows({ models: ['json', 'stream', 'stream-paced'], backend: gate.backend }));
    gate.publish();
    await eventually('as before', async () => (await gate.chat('stream', { stream: true })).status === 200);
});
test('a full disk: 503 within a second, nothing is sent on, a running stream ends with its error; serves again when there is room', { skip: mountable() }, async () => {
    const small = await startGate({ models: ['json', 'stream-paced'], backend: backendRow('demo', 'mock', upstream), mount: true });
    try {
        assert.equal((await small.chat('json')).status, 200);
        const stream = small.chat('stream-paced', { stream: true });
        await sleep(150);
        const ballast = path.join(small.data, 'spool/ballast.old');
        try {
            fs.writeFileSync(ballast, Buffer.alloc(8 << 20));
        } catch (e) {
            assert.equal(e.code, 'ENOSPC');
        }
        let last;
        await eventually('503', async () => (last = await small.chat('json')).status === 503);
        const before = upstream.requests.length;
        assert.equal((await small.chat('json')).status, 503);
        assert.equal(upstream.requests.length, before);
        const cut = await stream;
        assert.ok(!cut.text.includes('[DONE]'), 'no proper end without its record');
        fs.rmSync(ballast);
        await eventually('200', async () => (await small.chat('json')).status === 200);
        const seen = new Map();
        for (const r of small.records()) {
            assert.equal(r.sequence, (seen.get(r.epoch) ?? 0) + 1, 'no gap, nothing torn');
            seen.set(r.epoch, r.sequence);
        }
        assert.match(small.log(), /records cannot be written.*No space left/);
    } finally {
        execFileSync('umount', ['-l', path.join(small.data, 'spool')]);
        await small.stop();
    }
});
test('a worker that is killed is followed by another, with records of its own', { skip: isSanitized && 'one process' }, async () => {
    const starts = () => gate.records().filter((r) => r.kind === 'worker_start').length;
    const before = starts();
    process.kill(gate.worker(), 'SIGKILL');
    await eventually('another', async () => (await status().catch(() => 0)) === 200);
    assert.equal(starts(), before + 1);
});
test('a reload loses no record and no stream', { skip: isSanitized && 'one process' }, async () => {
    const stream = gate.chat('stream-paced', { stream: true });
    await sleep(200);
    gate.nginx.kill('SIGHUP');
    const got = await stream;
    assert.ok(got.text.includes('[DONE]'));
    assert.equal(await status(), 200);
    assert.equal(gate.recordsOf(got).find((r) => r.kind === 'close').end, 'complete');
    await eventually('the old worker says goodbye', () => gate.records().some((r) => r.kind === 'worker_stop'));
});

function mountable() {
    if (process.getuid() !== 0)
        return 'needs root, to mount a small file system';
    try {
        const probe = fs.mkdtempSync('/tmp/gatehouse-mount-');
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', probe], { stdio: 'ignore' });
        execFileSync('umount', [probe]);
        fs.rmdirSync(probe);
        return false;
    } catch {
        return 'mounting is not possible here';
    }
}
