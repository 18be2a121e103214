// SPDX-License-Identifier: Apache-2.0
// Pools through the whole house: made by the management API, seen by the edge without a reload, told by the records of the chain; a backend
// that moves is called at its new address at once.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { canary, eventually, freshName, makePlace, settles, sharedInstallation } from './harness.mjs';
import { ANSWER, startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const first = await startUpstream(), second = await startUpstream();
after(() => Promise.all([first.close(), second.close()]));
const SECRETS = [canary(`sk-${freshName('first')}`), canary(`sk-${freshName('second')}`)];
const place = await makePlace(gate, { upstream: first, models: ['json'], auth: 'bearer', secret: SECRETS[0], backend: { timeoutMs: 1000 } });
await gate.put(`${place.at}/secrets/other-key`, { value: SECRETS[1], hosts: [new URL(second.url).host] });
await gate.put(`${place.at}/backends/other`, { url: `${second.url}/base`, dialect: 'azure', auth: 'api-key', secret: 'other-key', apiVersion: '2024-10-21' });
const deploy = (name, properties) => gate.put(`${place.endpoint}/deployments/${name}`, properties);
/** A pool whose first backend is new: health is by backend, and none shall rest for what another test did. */
async function pool(model, more = {}) {
    const backend = freshName('backend');
    await gate.put(`${place.at}/backends/${backend}`, { url: first.url, dialect: 'openai', auth: 'bearer', secret: 'backend-key', timeoutMs: 1000 });
    return { backends: [{ backend, model }, { backend: 'other', model: 'json', priority: 1 }], ...more };
}
const workers = () => gate.processes().filter((p) => /nginx: worker/.test(p.cmdline)).map((p) => p.pid).sort();
const before = workers();

for (const what of ['error-429', 'error-503', 'hang', 'hang-up'])
    for (const surface of ['openai', 'azure'])
        test(`${what} of the first one: the second one answers, ${surface}`, async () => {
            const name = freshName('pool');
            await deploy(name, await pool(what));
            const asked = first.requests.length;
            const got = await eventually('the pool answers', async () => {
                const a = await place.chat(name, { surface });
                return a.status === 404 ? null : a;
            });
            assert.equal(got.status, 200, got.text);
            assert.ok(first.requests.length > asked, 'the first one was asked');
            assert.equal(first.last().headers.authorization, `Bearer ${SECRETS[0]}`);
            assert.equal(got.json.choices[0].message.content, ANSWER);
            assert.equal(second.last().url, '/base/openai/deployments/json/chat/completions?api-version=2024-10-21');
            assert.equal(second.last().headers['api-key'], SECRETS[1]);
            assert.ok(!second.requests.some((r) => r.rawHeaders.join().includes(SECRETS[0])), 'never with the first one\'s secret');
            assert.ok(!first.requests.some((r) => r.rawHeaders.join().includes(SECRETS[1])), 'nor the other way round');
        });

test('the chain tells of all attempts, in order', async () => {
    const name = freshName('told');
    const made = await pool('error-500');
    await deploy(name, made);
    const got = await eventually('two attempts', async () => {
        const a = await place.chat(name);
        return a.status === 200 ? a : null;
    });
    const id = got.headers['x-request-id'];
    await gate.record('the close record', (r) => r.kind === 'close' && r.request_id === id);
    const all = (await gate.records()).filter((r) => r.request_id === id);
    assert.deepEqual(all.map((r) => [r.kind, r.backend, r.backend_status]),
        [['open', made.backends[0].backend, undefined], ['attempt', made.backends[0].backend, 500], ['close', 'other', 200]]);
    assert.deepEqual([all[1].next_backend, all[1].attempt, all[2].attempt], ['other', 1, 2]);
});

test('a deployment that does not want it gets the error as it came', async () => {
    const name = freshName('plain');
    await deploy(name, await pool('error-429', { retryOn: ['connect', 'timeout', '5xx'] }));
    const got = await eventually('429', async () => {
        const a = await place.chat(name);
        return a.status === 429 ? a : null;
    });
    assert.equal(got.headers['retry-after'], '7');
    assert.equal(got.json.error.message, 'slow down');
});

test('a backend moves: called at its new address within two seconds, by the same workers', async () => {
    const there = await startUpstream();
    after(() => there.close());
    await gate.put(`${place.at}/backends/moving`, { url: first.url, dialect: 'openai', auth: 'none' });
    await deploy('moving', { model: 'json', backend: 'moving' });
    await settles('it answers', async () => (await place.chat('moving')).status === 200);
    const from = Date.now();
    await gate.put(`${place.at}/backends/moving`, { url: there.url, dialect: 'openai', auth: 'none' });
    await eventually('the new address', async () => (await place.chat('moving')).status === 200 && there.requests.length > 0, { withinMs: 2000, everyMs: 5 });
    assert.ok(Date.now() - from < 2000);
    await settles('every worker knows', async () => {
        const old = first.requests.length;
        return (await place.chat('moving')).status === 200 && first.requests.length === old;
    });
    assert.deepEqual(workers(), before, 'nginx was not loaded anew for any of this');
});
