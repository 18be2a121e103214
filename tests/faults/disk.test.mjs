// SPDX-License-Identifier: Apache-2.0
// The spool's disk is full, or its files are gone: the edge answers 503 within a second rather than anything without a record, tells the
// operator, and serves again by itself once there is room.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Installation, makePlace, runProgram, settles, sleep } from '../e2e/harness.mjs';
import { startUpstream } from '../e2e/mock.mjs';

/** A directory whose `data/spool` is a small file system of its own, or why that cannot be had here. */
async function smallSpool() {
    if (process.getuid() !== 0) return { why: 'mounting a small file system needs root' };
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-disk-'));
    fs.chmodSync(dir, 0o755);
    const first = await Installation.start({ dir });
    await first.stop();
    const spool = path.join(dir, 'data/spool');
    const { uid, gid, mode } = fs.statSync(spool);
    const mount = await runProgram('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', spool]);
    if (mount.code !== 0) return { why: `cannot mount a small file system: ${mount.stderr.trim()}` };
    fs.chownSync(spool, uid, gid);
    fs.chmodSync(spool, mode & 0o7777);
    after(async () => {
        await runProgram('umount', ['-l', spool]);
        fs.rmSync(dir, { recursive: true, force: true });
    });
    return { dir, spool };
}

const { dir, spool, why } = await smallSpool();
test('full spool disk', { skip: why }, async (t) => {
    const gate = await Installation.start({ dir });
    after(() => gate.stop());
    const upstream = await startUpstream();
    after(() => upstream.close());
    const place = await makePlace(gate, { upstream, models: ['json', 'stream'] });
    const filler = path.join(spool, 'filler');
    const fill = () => {
        const fd = fs.openSync(filler, 'w');
        try {
            for (const size of [4096, 512, 64, 1]) for (;;) if (fs.writeSync(fd, Buffer.alloc(size)) < size) break;
        } catch (e) {
            assert.equal(e.code, 'ENOSPC');
        } finally {
            fs.closeSync(fd);
        }
    };
    const call = (i) => place.chat(i % 2 ? 'json' : 'stream', { version: (i % 2) + 1, body: { stream: i % 2 === 0 } });
    const once = async () => {
        fill();
        const answered = [];
        let refused = 0;
        for (let i = 0; refused < 12 && i < 100; i++) {
            // the last page of each worker's file may still take a record or two
            const got = await call(i);
            assert.ok([200, 503].includes(got.status), String(got.status));
            refused = got.status === 503 ? refused + 1 : 0;
            if (got.status === 200 && got.isComplete && !/"error"/.test(got.text))
                // a stream whose close finds no room is cut
                answered.push({ id: got.headers['x-request-id'], text: got.text });
        }
        assert.equal(refused, 12, 'it goes on answering on a full disk');
        fs.rmSync(filler);
        await settles('200 again', async () => (await place.chat('json')).status === 200, { withinMs: 5000 });
        for (const { id, text } of answered)
            await gate.record(`what was answered: ${text}`, (r) => r.kind === 'close' && r.request_id === id);
    };
    await t.test('503 while it is full, 200 when there is room, again and again', async () => {
        for (let round = 0; round < 3; round++) await once();
    });
    await t.test('nothing was forwarded without its open record', async () => {
        assert.ok(upstream.requests.length > 20);
        // the last call was answered a moment ago: its record is in the spool, and on its way
        await settles('each has one', async () => {
            const open = new Set((await gate.records()).filter((r) => r.kind === 'open').map((r) => r.request_id));
            return upstream.requests.every((r) => open.has(r.headers['x-request-id']));
        });
    });
    await t.test('spool files that were removed under a worker are made anew, and the gap is told', async () => {
        const { n } = (await gate.must('GET', '/audit/head')).json.head;
        for (const name of fs.readdirSync(spool)) fs.rmSync(path.join(spool, name));
        // seen a tick later: a call before that is answered as if nothing were, one at that moment is refused
        await gate.record('the gap is told', (r) => r.n > n && r.operation === 'records are written again' && /unlinked/.test(r.detail));
        await settles('it serves', async () => (await place.chat('json')).status === 200, { withinMs: 5000 });
        const got = await place.chat('json');
        assert.equal(got.status, 200);
        await gate.record('its close', (r) => r.kind === 'close' && r.request_id === got.headers['x-request-id']);
    });
    await t.test('the chain holds', async () => {
        await sleep(1000);
        const got = await gate.local(['audit', 'verify']);
        assert.equal(got.code, 0, got.stdout + got.stderr);
    });
});
