// SPDX-License-Identifier: Apache-2.0
// Who may come, as the edge alone sees it: what the snapshot says of listener and endpoint counts at once, without a reload, on both versions.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startUpstream } from '../e2e/mock.mjs';
import { LISTENER, backendRow, eventually, startGate } from './gate.mjs';

const upstream = await startUpstream();
const gate = await startGate({ models: ['json'], backend: backendRow('demo', 'mock', upstream), endpoint: { is_public: 0 } });
after(() => gate.stop());
after(() => upstream.close());

const endpoint = (values) => ({ section: 'endpoint', key: ['demo', 'chat'], values: { enabled: 1, audiences: [], keys_allowed: 1, tokens_allowed: 1, max_body_bytes: 0, deployments: ['json'], ...values } });
const listener = (values) => ({ section: 'listener', key: ['main'], values: { address: '127.0.0.1', port: gate.port, kind: LISTENER.combined, tls_min: 12, ...values } });
/** first and last address of a range, as core/policy/ranges.h packs them. */
const range = (first, last = first) => `hex:${[first, last].map((a) => `00000000000000000000ffff${a.split('.').map((n) => Number(n).toString(16).padStart(2, '0')).join('')}`).join('')}`;
const becomes = async (what, status, rows, call = () => gate.chat('json')) => {
    gate.write('overlay', rows);
    gate.publish();
    await eventually(what, async () => (await call()).status === status);
};

for (const version of [1, 2])
    test(`HTTP/${version}: closed, published, listed, withdrawn`, async () => {
        const call = (headers = {}) => gate.chat('json', { version, headers });
        await becomes('closed', 403, [endpoint({ is_public: 0 })], call);
        const refused = await call();
        assert.equal(refused.json.error.code, 'network_denied');
        assert.equal(gate.recordsOf(refused)[0].controls.network.result, 'blocked');
        await becomes('published', 200, [endpoint({ is_public: 1 })], call);
        await becomes('not listed', 403, [endpoint({ is_public: 1, ip_ranges: range('10.0.0.0', '10.255.255.255') })], call);
        assert.equal((await call({ 'x-forwarded-for': '10.1.1.1', forwarded: 'for=10.1.1.1' })).status, 403);
        await becomes('listed', 200, [endpoint({ is_public: 1, ip_ranges: range('127.0.0.1') })], call);
        await becomes('another listener', 403, [endpoint({ is_public: 1, listeners: ['other'] })], call);
        await becomes('a private connection', 200, [endpoint({ is_public: 0, connections: [
            { id: '/workspaces/demo/privateConnections/c', kind: 3, listener: '', pin: '', ranges: range('127.0.0.0', '127.0.0.9') }] })], call);
        assert.equal(gate.recordsOf(await call())[0].network_rule, '/workspaces/demo/privateConnections/c');
    });

test('a proxy that is named tells the address; rubbish from it is nobody\'s', async () => {
    const rows = [endpoint({ is_public: 1, ip_ranges: range('10.0.0.0', '10.255.255.255') }), listener({ proxy_mode: 2, proxies: range('127.0.0.1') })];
    const call = (value) => gate.chat('json', { headers: value === undefined ? {} : { 'x-forwarded-for': value } });
    await becomes('told', 200, rows, () => call('198.51.100.1, 10.1.2.3'));
    for (const bad of ['10.1.2.3, 198.51.100.1', '10.1.2.3, unknown', 'unknown', '10.1.2.3,', undefined])
        assert.equal((await call(bad)).status, 403, String(bad));
    assert.equal(gate.recordsOf(await call('10.1.2.3, 198.51.100.1'))[0].peer, '198.51.100.1');
});

test('what a listener does not serve is not there, at once', async () => {
    await becomes('endpoints are gone', 404, [endpoint({ is_public: 1 }), listener({ kind: LISTENER.administration })]);
    const manage = () => gate.call({ path: '/api/workspaces', headers: gate.auth(gate.jwt({ sub: 'admin' })) });
    assert.notEqual((await manage()).status, 404);
    await becomes('management is gone', 404, [endpoint({ is_public: 1 }), listener({ kind: LISTENER.public })], manage);
    assert.equal((await gate.chat('json')).status, 200);
    await becomes('a kind that nobody knows serves nothing', 404, [endpoint({ is_public: 1 }), listener({ kind: 9 })]);
});
