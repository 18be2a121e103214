// SPDX-License-Identifier: Apache-2.0
// Snapshots that are damaged, older or foreign, a clock that is stepped back: the edge keeps the last good one and says so, with none at
// all it answers 503, and nothing that ended comes to life again. Control is held still while its files are forged.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { assign, eventually, makeCaller, makePlace, ownInstallation, ROLE, settles, sleep } from '../e2e/harness.mjs';
import { startUpstream } from '../e2e/mock.mjs';
import { SnapshotFolder } from './snapfile.mjs';

const gate = await ownInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json'] });
const folder = new SnapshotFolder(gate.data);
const status = async (token) => (await place.chat('json', { token })).status;
const allGood = async () => assert.deepEqual(new Set(await Promise.all(Array.from({ length: 5 }, () => status()))), new Set([200]));
const granted = async () => {
    const { token, name } = await makeCaller(gate);
    const at = await assign(gate, { principal: `/identities/${name}`, role: ROLE.openaiUser, scope: place.at });
    await settles('a new grant has effect', async () => (await status(token)) === 200, { withinMs: 8000 });
    return { token, at };
};

async function behindControl(doing) {
    const { pid } = gate.processes().find((p) => /gatehoused/.test(p.name));
    process.kill(pid, 'SIGSTOP');
    try {
        return await doing();
    } finally {
        process.kill(pid, 'SIGCONT');
    }
}

const flipped = (bytes, at) => ((bytes[at] ^= 4), bytes);
const asNext = (kind, bytes) => {
    const next = folder.current.overlay + 1n;
    folder.place(folder.file(kind, next), bytes);
    folder.point(kind === 'base' ? { base: next, overlay: 0 } : { overlay: next });
};
const DAMAGE = {
    // what -> how it is brought in
    "a flipped bit in an overlay's rows": () => {
        const b = folder.read('overlay');
        asNext('overlay', flipped(b, b.length - 20));
    },
    'a flipped bit in its header': () => asNext('overlay', flipped(folder.read('overlay'), 40)),
    'a truncated overlay': () => asNext('overlay', folder.read('overlay').subarray(0, 300)),
    'an empty overlay': () => asNext('overlay', Buffer.alloc(0)),
    'an overlay of zeros': () => asNext('overlay', Buffer.alloc(folder.read('overlay').length)),
    'a flipped bit in a base': () => {
        const b = folder.read('base');
        asNext('base', flipped(b, b.length >> 1));
    },
    'a base under another number': () => asNext('base', folder.read('base')),
    'an overlay under another number': () => asNext('overlay', folder.read('overlay')),
    'a base where an overlay should be': () => asNext('overlay', folder.read('base')),
    'a pointer to nothing': () => folder.point({ overlay: folder.current.overlay + 1000n }),
};
for (const [what, damage] of Object.entries(DAMAGE))
    test(`${what}: the last good one stays, the operator is told, the next one is taken`, async () => {
        const before = (await gate.records()).at(-1).n;
        await behindControl(async () => {
            damage();
            await sleep(250);
            await allGood();
        });
        const record = await gate.record('the refusal', (r) => r.kind === 'snapshot' && r.n > before && r.detail !== 'in force');
        assert.ok(record.detail);
        await granted();
    });

for (const [what, bytes] of [
    ['garbage', () => Buffer.from('\u0000../../../etc/passwd\n')],
    ['empty', () => Buffer.alloc(0)],
    ['a wrong checksum', () => flipped(fs.readFileSync(folder.pointer), 30)],
    ['a symbolic link', null],
])
    test(`a pointer that is ${what}: the last good one stays`, async () => {
        await behindControl(async () => {
            if (bytes) {
                folder.place(folder.pointer, bytes());
            } else {
                fs.copyFileSync(folder.pointer, `${gate.dir}/elsewhere`);
                fs.rmSync(folder.pointer);
                fs.symlinkSync(`${gate.dir}/elsewhere`, folder.pointer);
            }
            await sleep(250);
            await allGood();
        });
        await granted();
    });

test('an older generation is not gone back to: what was withdrawn stays withdrawn, also for a new worker', async () => {
    const { token, at } = await granted();
    const old = folder.copy();
    await gate.delete(at);
    await settles('403', async () => (await status(token)) === 403);
    const seen = upstream.requests.length;
    await behindControl(async () => {
        for (const [file, bytes] of old) folder.place(file, bytes);
        await sleep(300);
        assert.equal(await status(token), 403, 'the old grant came back');
        await allGood();
        const master = gate.processes().find((p) => /nginx: master/.test(p.cmdline));
        for (const p of gate.processes().filter((q) => q.parent === master.pid)) process.kill(p.pid, 'SIGKILL');
        const fresh = await eventually('an answer of a new worker', () => status(token), { withinMs: 5000 });
        assert.notEqual(fresh, 200, 'a new worker believed the old grant');
        assert.ok(upstream.requests.length >= seen);
    });
    await eventually('it serves', async () => (await status()) === 200, { withinMs: 10_000 });
    assert.equal(await status(token), 403);
});

test('a snapshot of another installation is refused', async () => {
    const other = await ownInstallation({ args: ['--demo', '--allow-loopback'] });
    const theirs = new SnapshotFolder(other.data);
    const before = (await gate.records()).at(-1).n;
    await behindControl(async () => {
        asNext('base', theirs.read('base'));
        await sleep(300);
        await allGood();
        assert.equal(await status(other.clientToken), 401);
        const mine = fs.readFileSync(folder.pointer);
        folder.place(folder.pointer, fs.readFileSync(theirs.pointer));
        await sleep(300);
        await allGood();
        folder.place(folder.pointer, mine);
    });
    await gate.record('the refusal', (r) => r.kind === 'snapshot' && r.n > before && /installation/.test(r.detail));
    await granted();
});

test('a new worker with no snapshot at all answers 503, then serves by itself', async () => {
    await behindControl(async () => {
        const all = folder.copy();
        const { uid, gid } = fs.statSync(folder.pointer);
        for (const file of all.keys()) fs.rmSync(file);
        const master = gate.processes().find((p) => /nginx: master/.test(p.cmdline));
        for (const p of gate.processes().filter((q) => q.parent === master.pid)) process.kill(p.pid, 'SIGKILL');
        assert.equal(await eventually('an answer of a new worker', () => status(), { withinMs: 5000 }), 503);
        assert.equal((await gate.api('GET', '/status')).status, 503);
        fs.writeFileSync(folder.pointer, all.get(folder.pointer));
        fs.chownSync(folder.pointer, uid, gid);
        fs.chmodSync(folder.pointer, 0o640);
        for (const [file, bytes] of all) folder.place(file, bytes);
    });
    await settles('it serves', async () => (await status()) === 200, { withinMs: 10_000 });
});

test("the clock steps back: the edge's time is never earlier than the newest snapshot's, so what expired stays expired", async () => {
    const token = await gate.token(place.caller.name, ['--lifetime', '3600']);
    assert.equal(await status(token), 200);
    await behindControl(async () => {
        folder.point({ now: Date.now() + 2 * 3_600_000 }); // control's clock, two hours ahead of the one that the edge now sees
        await settles('401 for a token of one hour', async () => (await status(token)) === 401);
    });
    await sleep(2500); // heartbeats under the earlier clock
    assert.equal(await status(token), 401, 'it came to life again');
});
