// SPDX-License-Identifier: Apache-2.0
// Who may come, from where: an endpoint is closed until it is published; listeners and what they serve; proxies in front; private connections.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { after, test } from 'node:test';
import { makeAuthority } from './certs.mjs';
import { eventually, freshName, makeCaller, makePlace, settles, sharedInstallation, ROLE } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json', 'stream-endless'] });
const caller = await makeCaller(gate, { scope: place.at, role: ROLE.openaiUser });
const connections = `${place.at}/privateConnections`;
const WITHIN = { withinMs: 4000, everyMs: 25 };

const freePort = () =>
    new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });

/** One request at any listener: { port, socketPath, from, key, cert, headers, path, proxy }. `proxy` is the line of a PROXY header. */
function call({ port = gate.origin.port, socketPath, from, key, cert, headers = {}, path: at = place.openaiPath, method, proxy, token = caller.token, model = 'json', onData }) {
    const body = at.startsWith('/api') ? undefined : JSON.stringify({ model, stream: model !== 'json', messages: [{ role: 'user', content: 'x' }] });
    const options = {
        method: method ?? (body ? 'POST' : 'GET'),
        path: at,
        agent: false,
        timeout: 20_000,
        headers: { host: 'localhost', ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }), ...headers },
    };
    if (socketPath) Object.assign(options, { socketPath });
    else Object.assign(options, { host: '127.0.0.1', port, ca: gate.ca, servername: gate.origin.servername, localAddress: from, key, cert });
    if (proxy) {
        options.agent = new https.Agent();
        options.agent.createConnection = ({ host, port: p, ca, servername, localAddress }, done) => {
            const raw = net.connect({ host, port: p, localAddress }, () => {
                raw.write(`${proxy}\r\n`);
                const secure = tls.connect({ socket: raw, ca, servername, host }, () => done(null, secure));
                secure.on('error', done);
            });
            raw.on('error', done);
        };
    }
    return new Promise((done, fail) => {
        const req = (socketPath ? http : https).request(options, (res) => {
            const parts = [];
            const answer = () => ({ status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString() });
            res.on('data', (d) => (parts.push(d), onData?.(d)));
            res.on('end', () => done(answer()));
            res.on('error', () => done(answer()));
        });
        req.on('error', fail);
        req.end(body);
    });
}
const answers = (what, status, how) =>
    settles(what, async () => (await call(how).catch(() => ({}))).status === status, WITHIN);
const endpoint = (properties) => gate.put(place.endpoint, properties);
const refusal = (answer) =>
    gate.record('its record', (r) => r.kind === 'refused' && r.request_id === answer.headers['x-request-id']);

async function listener(kind, properties = {}) {
    const name = freshName(kind), at = `/listeners/${name}`;
    const where = properties.unixSocket ? {} : { address: '127.0.0.1', port: await freePort() };
    const before = Date.now();
    await gate.put(at, { ...where, kind, ...properties });
    return { name, at, before, ...where };
}

test('an endpoint that nobody published is closed, and only who may call it learns so', async () => {
    await endpoint({});
    await answers('closed', 403, {});
    const got = await call({});
    assert.equal(JSON.parse(got.text).error.code, 'network_denied');
    const record = await refusal(got);
    assert.equal(record.controls.network.result, 'blocked');
    assert.match(record.reason, /disabled/);
    assert.equal((await call({ token: null })).status, 401);
    const stranger = await makeCaller(gate);
    const other = await call({ token: stranger.token });
    assert.equal(other.status, 403);
    assert.doesNotMatch(other.text, /network/);
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await answers('published', 200, {});
});

test('a list of addresses lets in who is on it, whatever others claim', async () => {
    await endpoint({ publicNetworkAccess: 'Enabled', ipRules: ['127.0.0.2', '2001:db8::/32'] });
    await answers('not on the list', 403, {});
    await answers('on the list', 200, { from: '127.0.0.2' });
    for (const headers of [{ 'x-forwarded-for': '127.0.0.2' }, { forwarded: 'for=127.0.0.2' }, { 'x-real-ip': '127.0.0.2' }])
        assert.equal((await call({ headers })).status, 403);
    assert.match((await refusal(await call({}))).reason, /address/);
    for (const bad of ['10.0.0.1/8', '10.0.0.0/33', 'localhost', '10.*', '::1/129'])
        assert.equal((await gate.api('PUT', place.endpoint, { ipRules: [bad] })).status, 400, bad);
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await answers('open again', 200, {});
});

test('a new listener serves its kind within two seconds, and running streams survive it', async () => {
    let bytes = 0;
    const stream = call({ model: 'stream-endless', onData: (d) => (bytes += d.length) });
    await eventually('a stream', () => bytes > 0, WITHIN);
    const open = await listener('public');
    await eventually('it answers', async () => (await call({ port: open.port }).catch(() => ({}))).status === 200, { withinMs: 5000 });
    assert.ok(Date.now() - open.before < 2000, `${Date.now() - open.before} ms`);
    const seen = bytes;
    await eventually('the stream goes on', () => bytes > seen, WITHIN);
    await answers('no management on it', 404, { port: open.port, path: '/api/workspaces', token: gate.adminToken });
    const office = await listener('administration');
    await answers('management', 200, { port: office.port, path: '/api/workspaces', token: gate.adminToken });
    await answers('no endpoints on it', 404, { port: office.port });
    assert.equal((await gate.api('PUT', '/listeners/twin', { kind: 'public', address: '127.0.0.1', port: open.port })).status, 409);
    await endpoint({ publicNetworkAccess: 'Enabled', listeners: [open.name] });
    await answers('only where it is named', 403, {});
    await answers('named', 200, { port: open.port });
    assert.equal((await gate.api('DELETE', open.at)).status, 409, 'an endpoint names it');
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await gate.delete(open.at);
    await gate.delete(office.at);
    await eventually('nobody listens there', () => call({ port: open.port }).then(() => false, () => true), WITHIN);
    await endpoint({}); /* what is withdrawn ends a stream that runs */
    const cut = await stream;
    assert.match(cut.text, /error/);
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await answers('open again', 200, {});
});

test('nobody locks everybody out', async () => {
    const main = (await gate.must('GET', '/listeners/main')).json.properties;
    assert.equal(main.kind, 'combined');
    assert.equal((await gate.api('DELETE', '/listeners/main')).status, 409);
    assert.equal((await gate.api('PUT', '/listeners/main', { ...main, kind: 'public' })).status, 409);
    assert.equal((await gate.api('PUT', '/listeners/main', { ...main, port: main.port + 1 })).status, 409);
    const bad = { kind: 'public', address: '127.0.0.1', port: 1 };
    for (const [what, properties] of Object.entries({
        'no address': { kind: 'public', port: 8443 },
        'not an address': { ...bad, address: 'localhost' },
        'proxies without a mode': { ...bad, proxies: ['127.0.0.1'] },
        'a mode without proxies': { ...bad, proxyMode: 'forwarded' },
        'required without an authority': { ...bad, clientCertificates: 'required' },
        'a public unix socket': { kind: 'public', unixSocket: true },
    }))
        assert.equal((await gate.api('PUT', `/listeners/${freshName('bad')}`, properties)).status, 400, what);
});

test('a proxy in front is believed if it is named, and nobody else', async () => {
    await endpoint({ publicNetworkAccess: 'Enabled', ipRules: ['203.0.113.0/24'] });
    const byHeader = await listener('public', { proxyMode: 'xForwardedFor', proxies: ['127.0.0.3'] });
    const { port } = byHeader, headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.7' };
    await answers('what the proxy says', 200, { port, headers, from: '127.0.0.3' });
    assert.equal((await call({ port, headers })).status, 403, 'from somebody else');
    assert.equal((await call({ port, from: '127.0.0.3', headers: { forwarded: 'for=203.0.113.7' } })).status, 403, 'by the other header');
    assert.equal((await call({ port, from: '127.0.0.3', headers: { 'x-forwarded-for': '203.0.113.7, rubbish' } })).status, 403);
    const record = await refusal(await call({ port, from: '127.0.0.3', headers: { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' } }));
    assert.deepEqual([record.peer, record.proxy], ['198.51.100.9', '127.0.0.3']);
    const byProtocol = await listener('public', { proxyMode: 'proxyProtocol', proxies: ['127.0.0.4'] });
    const proxy = `PROXY TCP4 203.0.113.9 127.0.0.1 5000 ${byProtocol.port}`;
    await answers('the PROXY protocol', 200, { port: byProtocol.port, proxy, from: '127.0.0.4' });
    assert.equal((await call({ port: byProtocol.port, proxy })).status, 403, 'from an unlisted peer');
    for (const l of [byHeader, byProtocol]) await gate.delete(l.at);
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await answers('open again', 200, {});
});

test('private connections: asked for, approved by who may, withdrawn at once', async () => {
    await endpoint({});
    const inner = await listener('private');
    const client = makeAuthority('Some client').issue(['client.example']);
    const pin = new X509Certificate(client.cert).fingerprint256.replaceAll(':', '');
    const how = { port: inner.port, key: client.key, cert: client.cert };
    await answers('nothing is approved', 403, how);
    const asked = { endpoints: ['ep'], kind: 'certificate', certificateSha256: pin };
    const scientist = await makeCaller(gate, { scope: place.at, role: ROLE.dataScientist });
    await gate.put(`${connections}/one`, asked, { token: scientist.token });
    const denied = await gate.api('PUT', `${connections}/one`, { ...asked, state: 'Approved' }, { token: scientist.token });
    assert.equal(denied.status, 403, 'who asks may not approve');
    await answers('pending', 403, how);
    await gate.put(`${connections}/one`, { ...asked, state: 'Approved' });
    await answers('approved', 200, how);
    const ok = await call(how);
    const open = await gate.record('open', (r) => r.kind === 'open' && r.request_id === ok.headers['x-request-id']);
    assert.equal(open.network_rule, `${connections}/one`);
    await gate.record('the approval', (r) => r.kind === 'admin' && r.resource === `${connections}/one` && /ConnectionsApproval/i.test(r.action));
    assert.equal((await call({ port: inner.port })).status, 403, 'without the certificate');
    const other = makeAuthority('Some client').issue(['client.example']);
    assert.equal((await call({ ...how, ...other })).status, 403, 'with another one');
    await gate.put(`${connections}/one`, { ...asked, state: 'Rejected' });
    await answers('rejected', 403, how);
    await gate.delete(`${connections}/one`);

    const socket = await listener('private', { unixSocket: true });
    const socketPath = path.join(gate.data, 'run/listen', socket.name);
    await answers('a unix socket without a connection', 403, { socketPath });
    await gate.put(`${connections}/two`, { endpoints: ['ep'], kind: 'unixSocket', listener: socket.name, state: 'Approved' });
    await answers('by the unix socket', 200, { socketPath });
    assert.equal((await call({ socketPath, path: '/api/workspaces', token: gate.adminToken })).status, 404);
    await gate.delete(`${connections}/two`);
    await answers('withdrawn', 403, { socketPath });

    await gate.put(`${connections}/three`, { endpoints: ['ep'], kind: 'network', networks: ['127.0.0.8/29'], state: 'Approved' });
    await answers('from a listed network', 200, { from: '127.0.0.9' });
    assert.equal((await call({ from: '127.0.0.16' })).status, 403);
    assert.equal((await gate.api('DELETE', place.endpoint)).status, 409, 'the endpoint is still named');
    await gate.delete(`${connections}/three`);
    for (const bad of [
        { ...asked, certificateSha256: undefined },
        { ...asked, certificateSha256: 'g'.repeat(64) },
        { ...asked, networks: ['10.0.0.0/8'] },
        { endpoints: [], kind: 'network', networks: ['10.0.0.0/8'] },
        { endpoints: ['ep'], kind: 'network', networks: [] },
    ])
        assert.equal((await gate.api('PUT', `${connections}/bad`, bad)).status, 400, JSON.stringify(bad));
    for (const l of [inner, socket]) await gate.delete(l.at);
});

test('outbound rules: a backend that no rule allows is not dialled, and isolation is never loosened', async () => {
    const inner = await makePlace(gate, { upstream, models: ['json'] });
    const port = Number(new URL(upstream.url).port);
    const isolate = (isolationMode) => gate.api('PUT', inner.at, { managedNetwork: { isolationMode } });
    const rule = (name, properties) => gate.api('PUT', `${inner.at}/outboundRules/${name}`, properties);
    const becomes = (what, status) => settles(what, async () => (await inner.chat('json')).status === status, WITHIN);
    const refused = async () => {
        const got = await inner.chat('json');
        return gate.record('its record', (r) => r.request_id === got.headers['x-request-id'] && r.reason);
    };
    assert.equal((await isolate('AllowInternetOutbound')).status, 200);
    await becomes('this machine is not the Internet', 503);
    assert.match((await refused()).reason, /no outbound rule/);
    const set = (over = {}) => ({
        type: 'ServiceTag',
        destination: { serviceTag: 'ThisMachine', protocol: 'TCP', portRanges: String(port), addressPrefixes: ['127.0.0.0/8'], ...over },
    });
    assert.equal((await rule('mock', set())).status, 201);
    await becomes('a rule allows it', 200);
    assert.equal((await isolate('AllowOnlyApprovedOutbound')).status, 200);
    await becomes('still', 200);
    assert.equal((await rule('never', set({ action: 'Deny', addressPrefixes: ['127.0.0.1'] }))).status, 201);
    await becomes('a rule denies it', 503);
    assert.match((await refused()).reason, /denies/);
    await gate.delete(`${inner.at}/outboundRules/never`);
    await becomes('allowed again', 200);
    await rule('mock', set({ portRanges: String(port === 65535 ? 1 : port + 1) }));
    await becomes('another port', 503);
    for (const mode of ['AllowInternetOutbound', 'Disabled']) assert.equal((await isolate(mode)).status, 409, mode);
    assert.equal((await gate.api('PUT', inner.at, {})).status, 409, 'leaving it out is loosening it');
    assert.equal((await rule('name', { type: 'FQDN', destination: '*.bücher.example' })).status, 201);
    for (const [what, properties] of Object.entries({
        'an address as a name': { type: 'FQDN', destination: '10.0.0.1' },
        'every name': { type: 'FQDN', destination: '*' },
        'a star inside': { type: 'FQDN', destination: 'a.*.example' },
        'a port of nobody': { type: 'FQDN', destination: 'a.example', ports: '0' },
        'no addresses': { type: 'ServiceTag', destination: { serviceTag: 'AzureMonitor' } },
        'a bad prefix': set({ addressPrefixes: ['10.0.0.1/8'] }),
        'UDP': set({ protocol: 'UDP' }),
        'no name': { type: 'PrivateEndpoint', destination: { addressPrefixes: ['10.0.0.1'] } },
        'a list': { type: 'FQDN', destination: ['a.example'] },
    }))
        assert.equal((await rule('bad', properties)).status, 400, what);
});

test('a listener of ours is never a backend', async () => {
    const self = await listener('public');
    const at = `/workspaces/${place.at.split('/').pop()}/backends/${freshName('self')}`;
    await gate.put(at, { url: `http://127.0.0.1:${self.port}`, dialect: 'openai', auth: 'none' });
    await gate.put(`${place.endpoint}/deployments/self`, { model: 'json', backend: at.split('/').pop() });
    await endpoint({ publicNetworkAccess: 'Enabled' });
    await answers('never dialled', 503, { model: 'self' });
    await gate.delete(`${place.endpoint}/deployments/self`);
    await gate.delete(at);
    await gate.delete(self.at);
});

test('the doctor finds a backend that answers around the gateway, and prints what closes the way', async () => {
    const http = (await import('node:http')).createServer((req, res) => {
        const isKnown = req.headers.authorization === `Bearer ${caller.token}`;
        res.writeHead(req.url.startsWith('/open') || (req.url.startsWith('/lax') && isKnown) ? 200 : 401).end('{}');
    });
    await new Promise((done) => http.listen(0, '127.0.0.1', done));
    const { port } = http.address();
    const ws = freshName('doctor'), url = (p) => `http://127.0.0.1:${port}/${p}`;
    await gate.put(`/workspaces/${ws}`, {});
    for (const name of ['shut', 'lax', 'open'])
        await gate.put(`/workspaces/${ws}/backends/${name}`, { url: url(name), dialect: 'openai', auth: 'none' });
    const file = path.join(gate.dir, `${ws}.token`);
    (await import('node:fs')).writeFileSync(file, `${caller.token}\n`, { mode: 0o600 });
    const found = async (extra) => {
        const { code, stdout } = await gate.remote(['doctor', '--bypass', '-o', 'json', ...extra]);
        assert.equal(code, 1);
        return JSON.parse(stdout).filter((b) => b.finding && b.backend.includes(`/${ws}/`)).map((b) => b.backend.split('/').pop()).sort();
    };
    assert.deepEqual(await found([]), ['open']);
    assert.deepEqual(await found(['--credential-file', file]), ['lax', 'open']);
    for (const [form, want] of [['nftables', 'ip saddr { 192.0.2.10 } accept'], ['kubernetes', 'cidr: "192.0.2.10/32"'], ['nsg', 'sourceAddressPrefixes']]) {
        const { code, stdout } = await gate.remote(['doctor', '--print', form, '--gateway', '192.0.2.10']);
        assert.equal(code, 0, form);
        assert.ok(stdout.includes(want) && stdout.includes(String(port)), form);
    }
    for (const bad of [[], ['--print', 'nftables'], ['--print', 'iptables', '--gateway', '192.0.2.10'], ['--print', 'nsg', '--gateway', 'x;']])
        assert.equal((await gate.remote(['doctor', ...bad])).code, 2, bad.join(' '));
    for (const name of ['shut', 'lax', 'open']) await gate.delete(`/workspaces/${ws}/backends/${name}`);
    await gate.delete(`/workspaces/${ws}`);
    http.close();
});
