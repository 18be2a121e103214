// SPDX-License-Identifier: Apache-2.0
// What is in force: swapped without a reload; damaged, older, foreign files leave the last good one; without one, or with one that is too
// old, nothing is served; a clock that was stepped back revives nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { makeAuthority } from '../e2e/certs.mjs';
import { heldAnswers, letGo, startUpstream } from '../e2e/mock.mjs';
import { backendRow, eventually, freePort, isSanitized, newGate, startGate } from './gate.mjs';

const upstream = await startUpstream();
const backend = backendRow('demo', 'mock', upstream, { timeout_ms: 60_000 }); // none of these tests is about that
const what = { models: ['json', 'held'], backend };
const gates = new Set();
const begin = async (over = {}) => {
    const gate = await startGate({ ...what, ...over });
    gates.add(gate);
    return gate;
};
const finish = async (gate) => (gates.delete(gate), gate.stop());
after(async () => {
    for (const g of gates)
        await g.stop();
    await upstream.close();
});
/** How long a change takes at best: the machine may be busy with other things, and only what the edge adds to that is its own. */
const ROUNDS = 8;
async function soonest(boundMs, round) {
    let least = Infinity;
    for (let i = 0; i < ROUNDS && least >= boundMs; i++) {
        const done = await round();
        const from = Date.now();
        await done();
        least = Math.min(least, Date.now() - from);
    }
    assert.ok(least < boundMs, `${least} ms at best`);
}
const status = async (gate, options) => (await gate.chat('json', options)).status;
const refusals = (gate) => gate.records().filter((r) => r.kind === 'snapshot' && r.detail !== 'in force').map((r) => r.detail);

test('an overlay takes effect at once, a tombstone takes away, a new base without the overlay gives back', async () => {
    const gate = await begin();
    assert.equal(await status(gate), 200);
    await soonest(1000, async () => {
        gate.write('base', gate.rows(what));
        gate.publish();
        await eventually('200', async () => (await status(gate)) === 200);
        gate.write('overlay', [{ section: 'assignment', key: ['/identities/client'] }]);
        gate.publish();
        return () => eventually('403', async () => (await status(gate)) === 403);
    });
    gate.write('base', gate.rows(what));
    gate.publish();
    await eventually('200', async () => (await status(gate)) === 200);
    assert.deepEqual(refusals(gate), []);
    await finish(gate);
});

test('a token is void once its jti is revoked, also one that was seen before', async () => {
    const gate = await begin();
    const token = gate.jwt({ jti: 'stolen' });
    assert.equal(await status(gate, { token }), 200);
    gate.write('overlay', [{ section: 'revoked', key: ['https://login.gatehouse.localhost/00000000-0000-0000-0000-000000000001/v2.0', 'stolen'], values: { until_ms: Date.now() + 864e5 } }]);
    gate.publish();
    await eventually('401', async () => (await status(gate, { token })) === 401);
    assert.equal(await status(gate), 200);
    await finish(gate);
});

const flip = (at) => (bytes) => {
    const copy = Buffer.from(bytes);
    copy[Math.floor(copy.length * at)] ^= 1;
    return copy;
};
const DAMAGE = { 'a bit in the middle': { damage: flip(0.5) }, 'a bit at the start': { damage: flip(0.001) }, 'cut short': { damage: (b) => b.subarray(0, b.length - 1) }, empty: { damage: () => Buffer.alloc(0) },
    'of another installation': { installation: 'f'.repeat(32) }, 'a credential file': { credentials: true } };
test('a damaged, foreign or false base leaves the last good one in force, with a record', async () => {
    const gate = await begin();
    for (const [name, extra] of Object.entries(DAMAGE)) {
        const n = refusals(gate).length;
        const old = { ...gate.current };
        gate.write('base', [], extra);
        gate.publish();
        await eventually(`a record for: ${name}`, () => refusals(gate).length > n);
        assert.equal(await status(gate), 200, name);
        gate.current = old;
    }
    gate.write('base', gate.rows({ ...what, models: ['json', 'fresh'] }));
    gate.publish();
    await eventually('the next good one', async () => (await gate.chat('fresh')).status === 200);
    await finish(gate);
});

test('an overlay of another base is refused', async () => {
    const gate = await begin();
    gate.write('overlay', [{ section: 'assignment', key: ['/identities/client'] }], { base: 77 });
    gate.publish();
    await eventually('a record', () => refusals(gate).some((d) => /another base/.test(d)));
    assert.equal(await status(gate), 200);
    await finish(gate);
});

test('an older generation is refused, also after a restart; without the counters file it is taken', async () => {
    const gate = await begin();
    const old = gate.current.base;
    gate.write('base', gate.rows({ ...what, models: ['new'] }));
    gate.publish();
    await eventually('new', async () => (await gate.chat('new')).status === 200);
    gate.current.base = old;
    gate.publish();
    await eventually('a record', () => refusals(gate).some((d) => /older/.test(d)));
    assert.equal((await gate.chat('new')).status, 200);
    gate.nginx.kill('SIGTERM');
    await eventually('ended', () => gate.exit !== undefined);
    gate.spawn();
    await eventually('listens', () => gate.isListening());
    assert.equal(await status(gate), 503);
    gate.nginx.kill('SIGTERM');
    await eventually('ended', () => gate.exit !== undefined);
    fs.rmSync(path.join(gate.data, 'edge/counters'));
    gate.spawn();
    await eventually('listens', () => gate.isListening());
    assert.equal(await status(gate), 200);
    await finish(gate);
});

test('no snapshot: 503 to all, in our words; served as soon as there is one', async () => {
    const gate = await begin({ publish: false, beats: false });
    for (const token of [undefined, null]) {
        const got = await gate.chat('json', { token });
        assert.equal(got.status, 503);
        assert.ok(got.json.error.message);
        assert.equal(gate.recordsOf(got)[0].reason, 'no snapshot');
    }
    gate.publish();
    await eventually('200', async () => (await status(gate)) === 200);
    await finish(gate);
});

test('control silent for longer than max_age: 503 until it is back', async () => {
    const gate = await begin({ installation: { max_age_ms: 3000 } });
    await eventually('200', async () => (await status(gate)) === 200);
    clearInterval(gate.beat);
    await eventually('503', async () => (await status(gate)) === 503);
    gate.beats();
    await eventually('200', async () => (await status(gate)) === 200);
    await finish(gate);
});

test('time does not go back: what expired stays expired', async () => {
    const gate = await begin({ beats: false });
    const token = gate.jwt({ exp: Math.floor(Date.now() / 1000) + 3600 });
    assert.equal(await status(gate, { token }), 200);
    gate.publish(Date.now() + 2 * 3600_000);
    await eventually('401', async () => (await status(gate, { token })) === 401);
    gate.publish(Date.now());
    await sleep(1500);
    assert.equal(await status(gate, { token }), 401);
    gate.nginx.kill('SIGTERM');
    await eventually('ended', () => gate.exit !== undefined);
    gate.spawn();
    await eventually('listens', () => gate.isListening());
    assert.equal(await status(gate, { token }), 503, 'a `current` of two hours ago');
    gate.publish(Date.now() + 1);
    await eventually('alive', async () => (await status(gate, { token })) !== 503);
    assert.equal(await status(gate, { token }), 401, 'and not by a restart');
    await finish(gate);
});

test('credentials: missing is 503 for that backend alone, present is used, a new file is swapped in', async () => {
    const keyed = backendRow('demo', 'keyed', upstream, { upstream: 'gh_00000000000000cc', auth: 'api-key', secret_version: 'v1' });
    const gate = await begin({ deployments: { keyed: { model: 'json', backend: 'keyed' } }, more: [keyed] });
    assert.equal((await gate.chat('keyed')).status, 503);
    assert.equal(await status(gate), 200);
    const give = (value) => {
        gate.write('credentials', [{ section: 'credential', key: ['demo', 'keyed', 'v1'], values: { header: 'api-key', value, hosts: [`127.0.0.1:${upstream.port}`] } }]);
        gate.publish();
    };
    give('first');
    await eventually('used', async () => (await gate.chat('keyed')).status === 200 && upstream.last().headers['api-key'] === 'first');
    give('second');
    await eventually('swapped', async () => (await gate.chat('keyed')).status === 200 && upstream.last().headers['api-key'] === 'second');
    give('bad\r\nx-injected: 1');
    await eventually('refused', async () => (await gate.chat('keyed')).status === 503);
    await finish(gate);
});

test('a backend moves: the next call goes to its new address, over a connection of its own, and nginx is not loaded anew', async () => {
    const gate = await begin();
    const worker = gate.worker(), there = await startUpstream();
    assert.equal(await status(gate), 200);
    assert.ok(upstream.sockets.size > 0, 'a connection to the old address is kept');
    const moved = structuredClone(backend);
    moved.values.addresses = [`127.0.0.1:${there.port}`];
    await soonest(2000, async () => {
        const called = [upstream, there].map((u) => u.requests.length);
        gate.write('overlay', []);
        gate.publish();
        await eventually('the old address is called', async () => (await status(gate)) === 200 && upstream.requests.length > called[0]);
        gate.write('overlay', [moved]);
        gate.publish();
        return () => eventually('the new address is called', async () => (await status(gate)) === 200 && there.requests.length > called[1], { everyMs: 5 });
    });
    const old = upstream.requests.length;
    for (let i = 0; i < 10; i++)
        assert.equal(await status(gate), 200);
    assert.equal(upstream.requests.length, old, 'nothing more goes to the old address');
    assert.equal(there.sockets.size, 1, 'the connection to the new address is kept');
    assert.equal(gate.worker(), worker, 'the same worker');
    await finish(gate);
    await there.close();
});

test('a backend that names other authorities, or another name, gets no connection of before', async () => {
    const own = makeAuthority(), other = makeAuthority('Somebody else');
    const secure = await startUpstream({ tls: own.issue(['localhost']) });
    const row = (over) => backendRow('demo', 'mock', secure, { ca_pem: own.cert, ...over });
    const gate = await startGate({ models: ['json'], backend: row() });
    const change = (over) => (gate.write('overlay', [row(over)]), gate.publish());
    assert.equal(await status(gate), 200);
    change({ ca_pem: other.cert });
    await eventually('not trusted', async () => (await status(gate)) === 502);
    change({});
    await eventually('trusted', async () => (await status(gate)) === 200);
    change({ tls_name: 'other.example' });
    await eventually('not that name', async () => (await status(gate)) === 502);
    change({ ca_pem: 'no certificate' });
    await eventually('no authority at all', async () => (await status(gate)) >= 500);
    await gate.stop();
    await secure.close();
});

test('requests in flight keep the snapshot that they began with, but for the access itself', async () => {
    const gate = await begin();
    const slow = gate.chat('held');
    await eventually('it is under way', () => heldAnswers() === 1);
    gate.write('base', gate.rows({ models: [] }));
    gate.publish();
    await eventually('a new snapshot, without deployments and backends', async () => (await status(gate)) === 404);
    letGo();
    assert.equal((await slow).status, 200);
    gate.write('base', gate.rows(what));
    gate.publish();
    await eventually('all is back', async () => (await status(gate)) === 200);
    const withdrawn = gate.chat('held');
    await eventually('it is under way', () => heldAnswers() === 1);
    gate.write('base', []);
    gate.publish();
    await eventually('a new snapshot, without even a listener', async () => (await status(gate)) === 404);
    letGo();
    assert.equal((await withdrawn).status, 403);
    await finish(gate);
});

test('a snapshot that others could have written is refused', async () => {
    const gate = await begin();
    gate.write('base', []);
    fs.chmodSync(path.join(gate.data, 'snapshot', `base-${gate.current.base.toString(16).padStart(16, '0')}.snap`), 0o666);
    gate.publish();
    await eventually('a record', () => refusals(gate).some((d) => /others/.test(d)));
    assert.equal(await status(gate), 200);
    await finish(gate);
});

test('nginx -t needs neither snapshot nor control', { skip: isSanitized && 'nginx itself is not sanitized' }, async () => {
    const gate = newGate();
    gate.port = await freePort();
    gate.write('base', gate.rows(what));
    gate.render();
    fs.rmSync(path.join(gate.data, 'snapshot'), { recursive: true });
    const { execFileSync } = await import('node:child_process');
    execFileSync('nginx', ['-t', '-q', '-c', path.join(gate.data, 'edge/nginx.conf')], { stdio: 'inherit' });
    fs.rmSync(gate.dir, { recursive: true });
});
