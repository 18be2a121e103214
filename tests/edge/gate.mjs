// SPDX-License-Identifier: Apache-2.0
// An edge without the rest of the house: a data directory as the supervisor, control and vault would make it, a rendered configuration, and
// a real nginx. GATEHOUSE_BUILD names the build folder; with GATEHOUSE_EDGE_SANITIZED=1 its module was built with ASan and UBSan.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeAuthority } from '../e2e/certs.mjs';
import { request } from '../e2e/http.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const build = path.resolve(process.env.GATEHOUSE_BUILD ?? path.join(root, 'build'));
/** The model of the shield, as it is installed. */
export const shieldModel = path.join(build, 'shield/model/shield.bin');
/** The pattern database, as it is installed. */
export const patterns = path.join(build, 'patterns/patterns.db');
const module = path.join(build, 'edge/ngx_http_gatehouse_module.so');
const tool = path.join(build, 'tests/edge/edge_tool');
process.env.PATH += ':/usr/sbin:/sbin'; // where nginx is, which the PATH of an ordinary user leaves out
/** nginx never runs as root: where the tests do, it gets the uid of nobody, and what is the edge's belongs to that. */
const uid = process.getuid() === 0 ? 65534 : process.getuid();
export const isSanitized = process.env.GATEHOUSE_EDGE_SANITIZED === '1';

const ISSUER = 'https://login.gatehouse.localhost/00000000-0000-0000-0000-000000000001/v2.0';
const AUDIENCE = 'api://gatehouse/test';
export const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action';
const MODELS = 'Microsoft.CognitiveServices/accounts/OpenAI/models/read';
const OPENAI = ['deployments/embeddings/action', 'responses/read', 'responses/write', 'responses/delete'].map((a) => `Microsoft.CognitiveServices/accounts/OpenAI/${a}`);
const SHIELD_PROMPT = 'Microsoft.CognitiveServices/accounts/ContentSafety/text:shieldprompt/action';
const SCORE = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action';
const READ = 'Microsoft.MachineLearningServices/workspaces/read';
const WRITE = 'Microsoft.MachineLearningServices/workspaces/write';
const DELETE = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/delete';
const EXPORT = 'Gatehouse.Audit/records/read';

/** enum gh_listener_kind */
export const LISTENER = { combined: 1, public: 2, private: 3, administration: 4 };

const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url');
const hex = (n) => n.toString(16).padStart(16, '0');
const run = (args, input) => execFileSync(tool, args.map(String), { input, maxBuffer: 256 << 20, stdio: ['pipe', 'pipe', 'inherit'] });

/** Waits for what comes, however slow the machine: the bound only ends a test that hangs. What must be quick is measured by who asks. */
export async function eventually(what, ask, { withinMs = 30_000, everyMs = 25 } = {}) {
    const end = Date.now() + withinMs;
    for (;;) {
        const got = await ask();
        if (got)
            return got;
        if (Date.now() > end)
            throw new Error(`not within ${withinMs} ms: ${what}`);
        await sleep(everyMs);
    }
}

export async function freePort() {
    const server = net.createServer();
    await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
    const { port } = server.address();
    await new Promise((ok) => server.close(ok));
    return port;
}

/** A BACKEND row for a server of tests; `over` replaces values. */
export function backendRow(ws, name, server, over = {}) {
    const url = new URL(server.url);
    return { section: 'backend', key: [ws, name], values: {
        upstream: `gh_${createHash('sha256').update(`${ws}/${name}/${server.url}`).digest('hex').slice(0, 16)}`,
        is_tls: url.protocol === 'https:' ? 1 : 0, host: url.hostname, port: Number(url.port), base_path: '/v1', addresses: [`127.0.0.1:${url.port}`],
        tls_name: url.protocol === 'https:' ? url.hostname : '', ca_pem: '', dialect: 'openai', auth: 'none', secret_version: '', timeout_ms: 3000, api_version: '',
        ...over } };
}

class Gate {
    constructor() {
        this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-edge-'));
        this.data = path.join(this.dir, 'data');
        this.memory = path.join(this.dir, 'mem');
        for (const d of ['data/snapshot', 'data/spool', 'data/edge/logs', 'data/edge/tmp', 'data/tls', 'data/run', 'mem'])
            fs.mkdirSync(path.join(this.dir, d), { recursive: true, mode: 0o755 });
        fs.chmodSync(this.dir, 0o755);
        fs.copyFileSync(module, path.join(this.data, 'edge/module.so'));
        this.installation = randomBytes(16).toString('hex');
        fs.writeFileSync(path.join(this.data, 'installation'), this.installation);
        this.authority = makeAuthority();
        const leaf = this.authority.issue(['127.0.0.1', 'localhost']);
        fs.writeFileSync(path.join(this.data, 'tls/server.pem'), leaf.cert);
        fs.writeFileSync(path.join(this.data, 'tls/server.key'), leaf.key, { mode: 0o600 });
        this.edgeKey = randomBytes(32);
        fs.writeFileSync(path.join(this.memory, 'edge.key'), this.edgeKey, { mode: 0o600 });
        for (const d of ['data/spool', 'data/edge', 'data/edge/logs', 'data/edge/tmp', 'data/tls/server.key', 'mem/edge.key'])
            fs.chownSync(path.join(this.dir, d), uid, -1);
        this.keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        this.current = { base: 0, overlay: 0, credentials: 0 };
        this.generation = 0;
    }

    /** Renames a model of the shield, or a pattern database, in: bytes, or the one that was built. */
    putShield(bytes = fs.readFileSync(shieldModel)) {
        this.putData('edge/shield.model', bytes);
    }

    putPatterns(bytes = fs.readFileSync(patterns)) {
        this.putData('edge/patterns.db', bytes);
    }

    putData(name, bytes) {
        const at = path.join(this.data, name);
        fs.writeFileSync(`${at}.new`, bytes, { mode: 0o400 });
        fs.chownSync(`${at}.new`, uid, -1);
        fs.renameSync(`${at}.new`, at);
    }

    /** What every test begins with: one workspace, one endpoint, who may do what. */
    rows({ models = [], backend, deployments = {}, endpoint = {}, workspace = {}, more = [] }) {
        const spki = this.keys.publicKey.export({ type: 'spki', format: 'der' });
        const digest = createHash('sha256').update(`${ISSUER}\0k1\0`).update(spki).digest('hex');
        const names = { ...Object.fromEntries(models.map((m) => [m, { model: m, backend: 'mock' }])), ...deployments };
        const role = (id, name, actions) => ({ section: 'role', key: [id], values: { name, bits: `actions:${actions.join(',')}` } });
        const grant = (principal, scope, roleId) => ({ section: 'assignment', key: [principal], values: { grants: [
            { id: `/roleAssignments/${principal.split('/').pop()}`, scope, role: roleId, start_ms: 0, end_ms: 0 }] } });
        const identity = (name) => [`/identities/${name}`, `gatehouse:${name}`].map((key) => ({ section: 'identity', key: [key], values: {
            path: `/identities/${name}`, flags: 1, kind: 'user', valid_from_ms: 0 } }));
        return [
            { section: 'installation', key: ['installation'], values: { id: this.installation, issuer: ISSUER, audience: AUDIENCE, max_age_ms: 3600000, spool_max_bytes: 0, ...this.installationOver } },
            { section: 'listener', key: ['main'], values: { address: '127.0.0.1', port: this.port, kind: LISTENER.combined, tls_min: 12, ...this.listener } },
            { section: 'issuer', key: [ISSUER], values: { name: 'gatehouse', audiences: [], subject_claim: 'oid', keys_until_ms: Date.now() + 864e5, tenants: [] } },
            { section: 'issuer_key', key: [ISSUER, 'k1'], values: { alg: 'ES256', spki: `hex:${spki.toString('hex')}`, digest: `hex:${digest}` } },
            { section: 'workspace', key: ['demo'], values: { keys_allowed: 1, ...workspace } },
            { section: 'endpoint', key: ['demo', 'chat'], values: { enabled: 1, audiences: [], keys_allowed: 1, tokens_allowed: 1, max_body_bytes: 0, deployments: Object.keys(names), is_public: 1, ...endpoint } },
            ...Object.entries(names).map(([name, values]) => ({ section: 'deployment', key: ['demo', 'chat', name], values })),
            ...(backend ? [backend] : []),
            ...['client', 'one', 'nobody', 'admin'].flatMap(identity),
            role('r-chat', 'Chat', [CHAT, SCORE, MODELS, SHIELD_PROMPT, ...OPENAI]), role('r-admin', 'Admin', [READ, WRITE, DELETE, EXPORT]),
            grant('/identities/client', '/workspaces/demo', 'r-chat'),
            grant('/identities/one', `/workspaces/demo/endpoints/chat/deployments/${models[0] ?? 'json'}`, 'r-chat'),
            grant('/identities/admin', '/', 'r-admin'),
            ...more,
        ];
    }

    write(kind, rows, extra = {}) {
        const generation = extra.generation ?? ++this.generation;
        const dir = kind === 'credentials' ? this.memory : path.join(this.data, 'snapshot');
        const bytes = run(['snapshot'], JSON.stringify({ installation: this.installation, generation, base: kind === 'overlay' ? this.current.base : 0, made_ms: Date.now(),
            overlay: kind === 'overlay', credentials: kind === 'credentials', rows, ...extra }));
        fs.writeFileSync(path.join(dir, `${kind}-${hex(generation)}.snap`), extra.damage ? extra.damage(bytes) : bytes, { mode: 0o644 });
        this.current[kind] = generation;
        if (kind === 'base')
            this.current.overlay = 0;
        return bytes;
    }

    /** Renames `current` in: what control does on each change and each second. */
    publish(now = Date.now()) {
        const { base, overlay, credentials } = this.current;
        const at = path.join(this.data, 'snapshot/current');
        fs.writeFileSync(`${at}.new`, run(['current', this.installation, base, overlay, credentials, now]));
        fs.renameSync(`${at}.new`, at);
    }

    render({ workers = 1 } = {}) {
        const file = fs.readFileSync(path.join(this.data, `snapshot/base-${hex(this.current.base)}.snap`));
        fs.writeFileSync(path.join(this.data, 'edge/nginx.conf'), run(['render', this.data, this.memory, path.join(this.data, 'edge/module.so'), workers, isSanitized ? 1 : 0], file));
    }

    async start({ workers = 1, beats = true, ...what } = {}) {
        this.port = await freePort();
        if (what.mount)
            execFileSync('mount', ['-t', 'tmpfs', '-o', `size=256k,uid=${uid},mode=755`, 'none', path.join(this.data, 'spool')]);
        this.installationOver = what.installation;
        this.listener = what.listener;
        this.backend = what.backend;
        if (what.shield !== false)
            this.putShield();
        if (what.patterns !== false)
            this.putPatterns();
        this.write('base', this.rows(what));
        if (what.credentials)
            this.write('credentials', what.credentials);
        if (what.publish !== false)
            this.publish();
        this.render({ workers });
        this.origin = { host: '127.0.0.1', port: this.port, ca: this.authority.cert, servername: 'localhost' };
        this.spawn();
        await eventually('nginx listens', () => this.isListening() || this.fail());
        if (beats)
            this.beats();
        return this;
    }

    /** Control is alive: it says so each second, until the beat is cleared. */
    beats() {
        this.publish();
        this.beat = setInterval(() => this.publish(), 1000);
    }

    spawn() {
        const preload = isSanitized ? { LD_PRELOAD: ['libasan.so', 'libubsan.so'].map((l) => execFileSync('gcc', [`-print-file-name=${l}`]).toString().trim()).join(' '),
            ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:halt_on_error=1', UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1' } : {};
        this.stderr = '';
        this.exit = undefined;
        this.nginx = spawn('nginx', ['-c', path.join(this.data, 'edge/nginx.conf')], { env: { PATH: process.env.PATH, ...preload }, stdio: ['ignore', 'ignore', 'pipe'], uid });
        this.nginx.stderr.on('data', (d) => (this.stderr += d));
        this.nginx.on('exit', (code, signal) => (this.exit = { code, signal }));
    }

    fail() {
        if (this.exit !== undefined)
            throw new Error(`nginx ended: ${JSON.stringify(this.exit)}\n${this.stderr}\n${this.log()}`);
    }

    isListening() {
        return new Promise((done) => {
            const s = net.connect(this.port, '127.0.0.1', () => (s.destroy(), done(true)));
            s.on('error', () => done(false));
        });
    }

    log() {
        return fs.readFileSync(path.join(this.data, 'edge/logs/error.log'), 'utf8');
    }

    async stop({ mayDie = false } = {}) {
        clearInterval(this.beat);
        if (this.exit === undefined) {
            this.nginx.kill('SIGTERM');
            await eventually('nginx ends', () => this.exit !== undefined);
        }
        const log = this.log() + this.stderr;
        fs.rmSync(this.dir, { recursive: true, force: true });
        if (/AddressSanitizer|runtime error:|\[emerg\]|zero size buf/.test(log) || (!mayDie && /exited on signal/.test(log)))
            throw new Error(`the edge did not stay whole:\n${log.slice(-4000)}`);
    }

    /** The process that serves: with one worker, or without a master. */
    worker() {
        return isSanitized ? this.nginx.pid : Number(fs.readFileSync(`/proc/${this.nginx.pid}/task/${this.nginx.pid}/children`, 'utf8').split(' ')[0]);
    }

    // ---- callers ----

    jwt(claims = {}, { header = {}, key = this.keys.privateKey } = {}) {
        const now = Math.floor(Date.now() / 1000);
        const head = { alg: 'ES256', typ: 'JWT', kid: 'k1', ...header };
        const body = { iss: ISSUER, aud: AUDIENCE, sub: 'client', oid: claims.sub ?? 'client', tid: '00000000-0000-0000-0000-000000000001', iat: now, nbf: now, exp: now + 600, jti: randomBytes(8).toString('hex'), ...claims };
        const input = `${b64(head)}.${b64(body)}`;
        return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    }

    get token() {
        return (this.cached ??= this.jwt());
    }

    auth(token = this.token) {
        return token === null ? {} : { authorization: `Bearer ${token}` };
    }

    call(options) {
        return request(this.origin, options);
    }

    /** A chat call; `model` is the deployment. */
    chat(model, { surface = 'openai', stream, body, token, headers = {}, raw, ...rest } = {}) {
        const at = '/workspaces/demo/endpoints/chat/openai';
        const where = surface === 'azure' ? `${at}/deployments/${model}/chat/completions?api-version=2024-10-21` : `${at}/v1/chat/completions`;
        const value = { model: surface === 'azure' ? 'ignored' : model, messages: [{ role: 'user', content: 'Who goes there?' }], ...(stream ? { stream: true } : {}), ...body };
        const text = raw ?? JSON.stringify(value);
        return this.call({ method: 'POST', path: where, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...this.auth(token), ...headers }, body: text, ...rest });
    }

    // ---- what was recorded ----

    records() {
        const dir = path.join(this.data, 'spool');
        return fs.readdirSync(dir).flatMap((f) => run(['records'], fs.readFileSync(path.join(dir, f))).toString().split('\n').filter(Boolean).map((l) => JSON.parse(l)));
    }

    /** Records of the call that was answered with this x-request-id. */
    recordsOf(answer) {
        return this.records().filter((r) => r.request_id === answer.headers['x-request-id']);
    }
}

export const startGate = (what) => new Gate().start(what);
export const newGate = () => new Gate();
