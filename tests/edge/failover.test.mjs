// SPDX-License-Identifier: Apache-2.0
// Pools: the next backend is asked when one fails before its answer began, with its own path, credential, model name and protocol, and never
// with another one's; the last error is the caller's, as it came; every attempt is in the records, in order.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { makeAuthority } from '../e2e/certs.mjs';
import { ANSWER, startUpstream } from '../e2e/mock.mjs';
import { backendRow, eventually, freePort, isSanitized, startGate } from './gate.mjs';

const ALL = 15, CONNECT = 1, TIMEOUT = 2, ON_429 = 4, ON_5XX = 8;
const FIRST = 'canary-of-the-first-backend', SECOND = 'canary-of-the-second-backend';
const authority = makeAuthority();
const first = await startUpstream(), second = await startUpstream({ tls: authority.issue(['localhost']) });
const silent = net.createServer(() => {}); // takes connections, and is not heard of again
await new Promise((ok) => silent.listen(0, '127.0.0.1', ok));
const nobody = await freePort();

/** Whose time runs out is one that never answers: all others have as long as a busy machine may need. */
const patience = (what) => (what === 'hang' ? { timeout_ms: 400 } : {});
/** Health is by backend: each test has backends of its own, so that none rests for what another test did. */
let n = 0;
const rows = [], deployments = {}, credentials = [];
const credential = (name, header, value, url) => credentials.push({ section: 'credential', key: ['demo', name, 'v1'], values: { header, value, hosts: [new URL(url).host.replace(/^localhost$/, 'localhost:443')] } });
const make = (server, over = {}) => {
    const name = `b${++n}`;
    rows.push(backendRow('demo', name, server, { upstream: `gh_${String(n).padStart(16, '0')}`, timeout_ms: 30_000, ...over }));
    if (over.secret_version)
        credential(name, over.auth === 'bearer' ? 'authorization' : 'api-key', (over.auth === 'bearer' ? 'Bearer ' : '') + (server === first ? FIRST : SECOND), server.url);
    return name;
};
const plain = (over) => make(first, over);
const secure = (over) => make(second, { tls_name: 'localhost', ca_pem: authority.cert, ...over });
const at = (port) => ({ url: `http://127.0.0.1:${port}` });
/** A deployment whose pool has these [backend, model] in this order. */
const pool = (name, retry_on, ...members) => (deployments[name] = { model: members[0][1], backend: members[0][0], retry_on,
    pool: members.map(([backend, model, weight = 1], i) => ({ backend, model, priority: i, weight })) });

const keyed = { auth: 'bearer', secret_version: 'v1', base_path: '/first' }, azure = { auth: 'api-key', secret_version: 'v1', base_path: '', dialect: 'azure', api_version: '2024-10-21' };
const FAILURES = { // what the first one does -> what its attempt is recorded with
    'error-429': { backend_status: 429 }, 'error-500': { backend_status: 500 }, 'error-503': { backend_status: 503 }, 'error-529': { backend_status: 529 },
    hang: { reason: 'no answer in time' }, 'hang-up': { reason: 'hung up before its answer' }, garbage: { reason: 'no HTTP' } };
for (const what of Object.keys(FAILURES))
    pool(`after-${what}`, ALL, [plain({ ...keyed, ...patience(what) }), what], [secure(azure), 'json']);
pool('after-refused', ALL, [make(at(nobody)), 'json'], [secure(azure), 'json']);
pool('after-untrusted', ALL, [secure({ ca_pem: makeAuthority('Somebody else').cert }), 'json'], [plain(keyed), 'json']);
pool('streams', ALL, [plain(keyed), 'error-503'], [secure(azure), 'stream']);
pool('large', ALL, [plain(keyed), 'error-503'], [secure(azure), 'echo']);
pool('all-fail', ALL, [make(at(nobody)), 'json'], [plain(), 'error-500'], [secure(), 'error-429']);
pool('ends-refused', ALL, [plain(), 'error-429'], [make(at(nobody)), 'json']);
pool('in-the-middle', ALL, [plain(), 'stream-truncated'], [secure(), 'stream']);
pool('half-an-answer', ALL, [plain(), 'hang-up-in-body'], [secure(), 'json']);
pool('too-many', ALL, ...Array.from({ length: 6 }, () => [plain(), 'error-500']));
pool('not-that-one', ALL, [plain(), 'error-400'], [secure(), 'json']);
pool('without-credential', ALL, [plain({ auth: 'bearer', secret_version: 'lost' }), 'json'], [secure(), 'json']);
pool('second-without', ALL, [plain(), 'error-503'], [secure({ auth: 'bearer', secret_version: 'lost' }), 'json']);
pool('tokens-wait', ALL, [plain(), 'error-429'], [secure(), 'json']);
const WELL = Array.from({ length: 6 }, (_, i) => `gets-well-${i}`);
for (const name of WELL)
    pool(name, ALL, [make(at(nobody)), 'json'], [plain(), 'json']);
for (const [name, bits, what] of [['no-429', ALL - ON_429, 'error-429'], ['no-5xx', ALL - ON_5XX, 'error-500'], ['no-timeout', ALL - TIMEOUT, 'hang']])
    pool(name, bits, [plain(patience(what)), what], [secure(), 'json']);
pool('no-connect', ALL - CONNECT, [make(at(nobody)), 'json'], [secure(), 'json']);
deployments['two-addresses'] = { model: 'json', backend: make(first, { addresses: [`127.0.0.1:${nobody}`, `127.0.0.1:${first.port}`] }), retry_on: ALL };
const shared = [plain(), secure()];
deployments.weighted = { model: 'json', backend: shared[0], retry_on: ALL, pool: [{ backend: shared[0], model: 'json', priority: 0, weight: 3 }, { backend: shared[1], model: 'json', priority: 0, weight: 1 }] };
const gate = await startGate({ deployments, more: rows, credentials });
after(async () => (await gate.stop(), first.close(), second.close(), silent.close()));

const close = (got) => eventually('a close record', () => gate.recordsOf(got).find((r) => r.kind === 'close'));
const attempts = (got) => gate.recordsOf(got).filter((r) => r.kind === 'attempt');
const backendsOf = (name) => deployments[name].pool.map((m) => m.backend);

for (const version of [1, 2])
    for (const what of [...Object.keys(FAILURES), 'refused'])
        test(`HTTP/${version}: after ${what} the second one answers, with what is its own`, async () => {
            const name = `after-${what}`, before = [first.requests.length, second.requests.length];
            const got = await gate.chat(name, { version });
            assert.equal(got.status, 200, got.text);
            assert.equal(got.json.choices[0].message.content, ANSWER);
            assert.equal(second.requests.length, before[1] + 1);
            const asked = second.last();
            assert.equal(asked.url, '/openai/deployments/json/chat/completions?api-version=2024-10-21');
            assert.equal(asked.headers['api-key'], SECOND);
            assert.equal(asked.headers.authorization, undefined);
            assert.equal(asked.headers.host, `localhost:${second.port}`);
            assert.equal(JSON.parse(asked.text).model, 'json');
            assert.equal(Number(asked.headers['content-length']), asked.text.length);
            assert.ok(!asked.rawHeaders.join().includes(FIRST) && !got.text.includes('canary'));
            if (what !== 'refused' && first.requests.length > before[0]) {
                const was = first.last();
                assert.equal(was.url, '/first/chat/completions');
                assert.equal(was.headers.authorization, `Bearer ${FIRST}`);
                assert.equal(JSON.parse(was.text).model, what);
                assert.ok(!was.rawHeaders.join().includes(SECOND));
            }
            const record = await close(got);
            assert.deepEqual([record.status, record.end, record.backend_status, record.model], [200, 'complete', 200, 'json']);
        });

for (const [what, how] of Object.entries(FAILURES))
    test(`the records tell of ${what}`, async () => {
        const name = `records-${what}`;
        const [one, two] = [plain(patience(what)), secure()];
        gate.write('overlay', [...rows.slice(-2), { section: 'deployment', key: ['demo', 'chat', name], values: pool(name, ALL, [one, what], [two, 'json']) }]);
        gate.publish();
        const got = await eventually('the pool is there', async () => {
            const a = await gate.chat(name);
            return a.status === 404 || a.status === 403 ? null : a;
        });
        assert.equal(got.status, 200, got.text);
        const list = await eventually('records', () => (gate.recordsOf(got).length >= 3 ? gate.recordsOf(got) : null));
        assert.deepEqual(list.map((r) => r.kind), ['open', 'attempt', 'close'], 'in order');
        const [open, attempt, end] = list;
        assert.equal(open.backend, one);
        assert.deepEqual({ ...attempt, ...how }, attempt, JSON.stringify(attempt));
        assert.deepEqual([attempt.attempt, attempt.backend, attempt.model, attempt.next_backend, attempt.open_sequence], [1, one, what, two, open.sequence]);
        assert.ok(attempt.duration_us > 0);
        assert.deepEqual([end.attempt, end.backend, end.model], [2, two, 'json']);
    });

test('a stream begins at the second one', async () => {
    const got = await gate.chat('streams', { stream: true });
    assert.equal(got.status, 200, got.text);
    assert.match(got.text, /\[DONE\]/);
    assert.equal(JSON.parse(second.last().text).stream_options.include_usage, true);
});
for (const size of [1000, 60_000, 3_000_000])
    test(`a body of ${size} bytes arrives whole at the second one`, async () => {
        const text = 'ä'.repeat(size / 2);
        const got = await gate.chat('large', { body: { messages: [{ role: 'user', content: text }] } });
        assert.equal(got.status, 200, got.text.slice(0, 300));
        assert.equal(got.json.choices[0].message.content, text);
    });
test('a certificate that is not trusted is a backend that was not reached; nothing was sent there', async () => {
    const before = second.requests.length;
    const got = await gate.chat('after-untrusted');
    assert.equal(got.status, 200, got.text);
    assert.equal(second.requests.length, before);
    assert.equal(attempts(got)[0].reason, 'no connection');
});

// ---- how it ends ----

test('all fail: the last error is the caller\'s, as it came', async () => {
    const got = await gate.chat('all-fail');
    assert.deepEqual([got.status, got.headers['retry-after'], got.json.error.message], [429, '7', 'slow down']);
    assert.deepEqual((attempts(got)).map((a) => [a.attempt, a.backend, a.backend_status ?? a.reason]),
        [[1, backendsOf('all-fail')[0], 'no connection'], [2, backendsOf('all-fail')[1], 500]]);
    assert.deepEqual([(await close(got)).backend_status, (await close(got)).attempt], [429, 3]);
    const refused = await gate.chat('ends-refused');
    assert.equal(refused.status, 502);
    assert.equal(refused.headers['retry-after'], undefined, 'that was another one\'s');
});
test('once an answer began there is no second one', async () => {
    const before = second.requests.length;
    const got = await gate.chat('in-the-middle', { stream: true });
    assert.equal(got.status, 200);
    assert.doesNotMatch(got.text, /\[DONE\]/);
    assert.equal((await gate.chat('half-an-answer')).status, 502);
    assert.equal(second.requests.length, before);
    assert.deepEqual(attempts(got), []);
});
test('four are asked, and no more', async () => {
    const before = first.requests.length;
    const got = await gate.chat('too-many');
    assert.equal(got.status, 500);
    assert.equal(first.requests.length, before + 4);
    assert.equal(attempts(got).length, 3);
});
test('what is no failure is passed on', async () => {
    const got = await gate.chat('not-that-one');
    assert.equal(got.status, 400);
    assert.deepEqual(attempts(got), []);
});
test('one that cannot be called is passed over; as the next one it changes nothing', async () => {
    assert.equal((await gate.chat('without-credential')).status, 200);
    const got = await gate.chat('second-without');
    assert.deepEqual([got.status, got.headers['retry-after'], got.json.error.message], [503, '2', 'no capacity']);
    assert.equal((await close(got)).backend, backendsOf('second-without')[0]);
});
for (const [name, status] of [['no-429', 429], ['no-5xx', 500], ['no-timeout', 504], ['no-connect', 502]])
    test(`a deployment that does not want it: ${name}`, async () => {
        const got = await gate.chat(name);
        assert.equal(got.status, status, got.text);
        assert.deepEqual(attempts(got), []);
    });
test('an address that refuses: the backend\'s other one is tried', async () => {
    for (let i = 0; i < 6; i++)
        assert.equal((await gate.chat('two-addresses')).status, 200);
});

// ---- which one ----

test('weights are kept to', async () => {
    const before = first.requests.length;
    for (let i = 0; i < 80; i++)
        assert.equal((await gate.chat('weighted')).status, 200);
    const share = (first.requests.length - before) / 80;
    assert.ok(share > 0.55 && share < 0.92, `${share} instead of 0.75`);
});
test('one that says Retry-After is left alone for that long', async () => {
    const before = first.requests.length;
    for (let i = 0; i < 5; i++)
        assert.equal((await gate.chat('tokens-wait')).status, 200);
    assert.equal(first.requests.length, before + 1);
});
test('one that fails three times rests, and is asked again', async () => {
    const FIRST_REST_MS = 1000; // core/policy/pool.c: a machine that takes longer for three calls says nothing about it, and is asked again
    let well;
    for (const name of WELL) {
        const tries = [];
        for (let i = 0; i < 3; i++)
            tries.push(attempts(await gate.chat(name)).length);
        const from = Date.now();
        for (let i = 0; i < 3; i++)
            tries.push(attempts(await gate.chat(name)).length);
        const took = Date.now() - from;
        assert.deepEqual(tries.slice(0, 3), [1, 1, 1]);
        if (took > FIRST_REST_MS * 0.8)
            continue;
        assert.deepEqual(tries.slice(3), [0, 0, 0]);
        well = name;
        break;
    }
    assert.ok(well !== undefined, 'three calls within its rest');
    const back = net.createServer((s) => s.once('data', () => s.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}')));
    await new Promise((ok) => back.listen(nobody, '127.0.0.1', ok));
    await eventually('it is asked again', async () => {
        const before = first.requests.length;
        await gate.chat(well);
        return first.requests.length === before;
    }, { everyMs: 100 });
    await new Promise((ok) => back.close(ok));
});
test('memory stays flat over failures', { skip: isSanitized && 'a sanitized worker keeps what it freed' }, async () => {
    // Anonymous pages alone: the cache of TLS sessions is shared with the master, and fills up to its 4 MiB whatever happens behind it. Of a
    // worker that may not be dumped, an ordinary user reads status, but not smaps.
    const own = () => Number(fs.readFileSync(`/proc/${gate.worker()}/status`, 'utf8').match(/^RssAnon:\s+(\d+) kB/m)[1]);
    const many = async (count) => {
        for (let i = 0; i < count; i += 20)
            await Promise.all(Array.from({ length: 20 }, () => gate.chat('after-error-500')));
    };
    await many(400);
    const before = own();
    assert.ok(before > 500, `${before} KiB is too little to be a worker's memory`);
    await many(1200);
    const more = own() - before;
    assert.ok(more < 1500, `${more} KiB more after 1200 calls with two attempts each`);
});
test('no credential is in a log or a record', async () => {
    await sleep(50);
    assert.doesNotMatch(gate.log() + JSON.stringify(gate.records()), /canary-of-the/);
});
