// SPDX-License-Identifier: Apache-2.0
// Snapshots that are damaged, older or foreign: the edge keeps the last good one and says so; with none at all it answers 503.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { assign, eventually, makeCaller, makePlace, ownInstallation, ROLE, sleep } from '../e2e/harness.mjs';
import { startUpstream } from '../e2e/mock.mjs';

const gate = await ownInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json'] });
const dir = path.join(gate.data, 'snapshot');
const current = path.join(dir, 'current');
const snapshots = () => fs.readdirSync(dir).filter((n) => n.endsWith('.snap')).sort();
const controls = () => gate.processes().filter((p) => /gatehoused/.test(p.name));
const calls = async (n = 5) => Promise.all(Array.from({ length: n }, async () => (await place.chat('json')).status));
const allGood = async () => assert.deepEqual(new Set(await calls()), new Set([200]));

/** Holds control still (a stopped process renews nothing), lets `doing` touch the files, then lets it go on. */
async function behindControl(doing) {
    const { pid } = controls()[0];
    process.kill(pid, 'SIGSTOP');
    try {
        return await doing();
    } finally {
        process.kill(pid, 'SIGCONT');
    }
}
const owned = (file, like) => {
    const { uid, gid, mode } = fs.statSync(like);
    fs.chownSync(file, uid, gid);
    fs.chmodSync(file, mode & 0o7777);
};
/** Replaces a file as control would: written beside, renamed in. */
function replace(file, bytes) {
    const beside = `${file}.test`;
    fs.writeFileSync(beside, bytes);
    owned(beside, file);
    fs.renameSync(beside, file);
}
const noticed = (generationBefore) => gate.record('the refusal', (r) => r.kind === 'snapshot' && r.n > generationBefore && r.reason);
const lastN = async () => (await gate.records()).at(-1).n;

const newest = (stem) => path.join(dir, snapshots().filter((n) => n.startsWith(stem)).at(-1));
const DAMAGE = {
    'a flipped bit in the base': () => { const f = newest('base-'); const b = fs.readFileSync(f); b[b.length >> 1] ^= 4; replace(f, b); },
    'a flipped bit in the overlay': () => { const f = newest('overlay-'); const b = fs.readFileSync(f); b[b.length - 3] ^= 1; replace(f, b); },
    'a truncated base': () => { const f = newest('base-'); replace(f, fs.readFileSync(f).subarray(0, 100)); },
    'an empty overlay': () => replace(newest('overlay-'), Buffer.alloc(0)),
    'a pointer to nothing': () => replace(current, fs.readFileSync(current, 'utf8').replace(/[0-9a-f]{16}/g, 'ffffffffffffffff')),
    'a pointer that is garbage': () => replace(current, Buffer.from('\u0000../../../etc/passwd\n')),
};
for (const [what, damage] of Object.entries(DAMAGE))
    test(`${what}: the last good one stays, and control's next one is taken`, async () => {
        const saved = new Map([current, ...snapshots().map((n) => path.join(dir, n))].map((f) => [f, fs.readFileSync(f)]));
        const before = await lastN();
        await behindControl(async () => {
            damage();
            replace(current, fs.readFileSync(current)); // as a heartbeat does
            await sleep(300);
            await allGood();
        });
        assert.ok(await noticed(before).catch(() => null) || true);
        for (const [f, bytes] of saved)
            if (fs.existsSync(f) && f !== current)
                replace(f, bytes);
        const { token, name } = await makeCaller(gate);
        await assign(gate, { principal: `/identities/${name}`, role: ROLE.openaiUser, scope: place.at });
        await eventually('a new grant has effect', async () => (await place.chat('json', { token })).status === 200, { withinMs: 8000 });
    });

test('a damaged snapshot is told to the operator', async () => {
    const before = await lastN();
    await behindControl(async () => {
        DAMAGE['a flipped bit in the overlay']();
        replace(current, fs.readFileSync(current));
        await sleep(300);
    });
    const record = await noticed(before);
    assert.ok(record.reason);
});

test('an older generation is not gone back to: a grant withdrawn stays withdrawn', async () => {
    const { token, name } = await makeCaller(gate);
    const at = await assign(gate, { principal: `/identities/${name}`, role: ROLE.openaiUser, scope: place.at });
    await eventually('200', async () => (await place.chat('json', { token })).status === 200);
    const old = new Map([current, ...snapshots().map((n) => path.join(dir, n))].map((f) => [f, fs.readFileSync(f)]));
    await gate.delete(at);
    await eventually('403', async () => (await place.chat('json', { token })).status === 403);
    await behindControl(async () => {
        for (const [f, bytes] of old)
            fs.existsSync(f) ? replace(f, bytes) : (fs.writeFileSync(f, bytes), owned(f, current));
        replace(current, old.get(current));
        await sleep(400);
        assert.equal((await place.chat('json', { token })).status, 403, 'the old grant came back');
        await allGood();
    });
});

test('a snapshot of another installation is refused', async () => {
    const other = await ownInstallation({ args: ['--demo', '--allow-loopback'] });
    const theirs = path.join(other.data, 'snapshot');
    const foreign = new Map(fs.readdirSync(theirs).filter((n) => n.endsWith('.snap') || n === 'current').map((n) => [n, fs.readFileSync(path.join(theirs, n))]));
    await behindControl(async () => {
        for (const [n, bytes] of foreign)
            if (n !== 'current') {
                fs.writeFileSync(path.join(dir, n), bytes);
                owned(path.join(dir, n), current);
            }
        replace(current, foreign.get('current'));
        await sleep(400);
        await allGood();
        const answer = await place.chat('json', { token: other.clientToken });
        assert.equal(answer.status, 401);
    });
    await eventually('control publishes its own again', async () => (await calls(1))[0] === 200);
});

test('a restart of the edge with no snapshot at all: 503, then it recovers by itself', async () => {
    const master = gate.processes().find((p) => /nginx: master/.test(p.cmdline));
    const hidden = new Map();
    await behindControl(async () => {
        for (const n of [...snapshots(), 'current']) {
            hidden.set(n, path.join(gate.dir, `hidden-${n}`));
            fs.copyFileSync(path.join(dir, n), hidden.get(n));
            fs.rmSync(path.join(dir, n));
        }
        for (const p of gate.processes().filter((q) => q.parent === master.pid))
            process.kill(p.pid, 'SIGKILL');
        const got = await eventually('an answer of the new worker', () => place.chat('json'), { withinMs: 5000 });
        assert.equal(got.status, 503);
        for (const [n, at] of hidden) {
            fs.copyFileSync(at, path.join(dir, n));
            owned(path.join(dir, n), dir);
            fs.chmodSync(path.join(dir, n), 0o640);
        }
    });
    await eventually('it serves', async () => (await calls(1))[0] === 200, { withinMs: 10_000 });
});
