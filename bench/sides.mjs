// SPDX-License-Identifier: Apache-2.0
// The two sides of a measurement before the same mock: plain nginx and Gatehouse's edge, one worker each, pinned to one core, under the same
// listener settings and the same certificate.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, Installation } from '../tests/e2e/harness.mjs';
import { run, start } from './measure.mjs';

export const PROMPT = 'Tell me who may pass the gate, and why. '.repeat(52).slice(0, 2048);
export const chatBody = (more = {}) => JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: PROMPT }], ...more });

export const pin = (pid, core) => run('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
const alive = (pid) => fs.existsSync(`/proc/${pid}`);

/** Plain nginx: proxies everything to the mock, with a certificate borrowed from the installation. */
export async function startPlain({ dir, mockPort, core, tls }) {
    fs.mkdirSync(dir, { recursive: true });
    const port = 20_000 + (process.pid % 20_000);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `    ${n}_temp_path ${dir}/${n};`).join('\n');
    fs.writeFileSync(
        path.join(dir, 'nginx.conf'),
        `${process.getuid() === 0 ? 'user root;\n' : ''}daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    access_log off;
    server_tokens off;
${paths}
    tcp_nodelay on;
    client_max_body_size 8m;
    client_body_buffer_size 8m;
    large_client_header_buffers 4 16k;
    keepalive_timeout 75s;
    keepalive_requests 10000;
    ssl_certificate ${tls}/server.pem;
    ssl_certificate_key ${tls}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:plain:4m;
    ssl_session_tickets off;
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_buffer_size 16k;
    proxy_buffers 4 16k;
    upstream mock { server 127.0.0.1:${mockPort}; keepalive 32; keepalive_requests 1000; }
    server {
        listen 127.0.0.1:${port} ssl http2;
        location / { proxy_set_header Connection ""; proxy_pass http://mock; }
    }
}
`,
    );
    const { child } = await start('nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e', path.join(dir, 'error.log')]);
    child.removeAllListeners('exit');
    const worker = await eventually(
        'a worker of plain nginx',
        () => {
            const kids = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
            return kids.length > 0 && Number(kids[0]);
        },
        { withinMs: 5000 },
    );
    await pin(child.pid, core);
    await pin(worker, core);
    return {
        name: 'plain nginx',
        port,
        worker,
        path: '/chat/completions',
        headers: {},
        stop: () => alive(child.pid) && child.kill('SIGTERM'),
    };
}

/** Gatehouse: a workspace whose endpoint leads to the mock, and a caller with a token. Everything but the edge's worker is on the other core. */
export async function startGatehouse({ dir, mockPort, core, otherCore, endpoint = {}, first = chatBody() }) {
    fs.mkdirSync(dir, { recursive: true });
    const gate = await Installation.start({ dir, args: ['--demo', '--allow-loopback', '--workers', '1'] });
    await gate.put('/workspaces/bench', {});
    await gate.put('/workspaces/bench/backends/mock', { url: `http://127.0.0.1:${mockPort}`, dialect: 'openai', auth: 'none' });
    await gate.put('/workspaces/bench/endpoints/chat', { publicNetworkAccess: 'Enabled', ...endpoint });
    await gate.put('/workspaces/bench/endpoints/chat/deployments/bench', { model: 'bench', backend: 'mock' });
    await gate.put('/identities/bench', { kind: 'servicePrincipal' });
    await gate.put(`/roleAssignments/${randomUUID()}`, {
        roleDefinitionId: 'Cognitive Services OpenAI User',
        principalId: '/identities/bench',
        scope: '/workspaces/bench',
    });
    const token = await gate.token('bench');
    const at = '/workspaces/bench/endpoints/chat/openai/v1/chat/completions';
    const headers = { authorization: `Bearer ${token}` };
    await eventually(
        'a first answer',
        async () =>
            (
                await gate.request({
                    method: 'POST',
                    path: at,
                    headers: { ...headers, 'content-type': 'application/json' },
                    body: first,
                })
            ).status === 200,
        { withinMs: 15_000 },
    );
    const side = { name: 'gatehouse', gate, port: gate.origin.port, path: at, headers, stop: () => gate.stop() };
    side.pinAll = async () => {
        const all = gate.processes();
        const workers = all.filter((p) => /nginx: worker process( |$)/.test(p.cmdline) && !/shutting/.test(p.cmdline));
        side.worker = workers.at(-1).pid;
        for (const p of all) await pin(p.pid, p.pid === side.worker ? core : otherCore).catch(() => {});
        // Control stores records on the load's core: it may do so when the load has what it needs; each round waits for it before the next begins.
        for (const p of all) if (p.pid !== side.worker) await run('renice', ['-n', '19', '-p', String(p.pid)]).catch(() => {});
    };
    await side.pinAll();
    return side;
}

/** What wrk (soak.mjs), bench/saturate and bench/load send to a side, as files that only we can read. */
export function requestFiles(dir, side, body, streamed = chatBody({ stream: true, stream_options: { include_usage: true } })) {
    const lines = Object.entries({ ...side.headers, 'content-type': 'application/json' }).map(([k, v]) => `${k}: ${v}`);
    const at = (name) => path.join(dir, `${side.name.replace(' ', '-')}.${name}`);
    fs.writeFileSync(at('headers'), lines.join('\n') + '\n', { mode: 0o600 });
    fs.writeFileSync(at('body'), body, { mode: 0o600 });
    const head = `POST ${side.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.map((l) => `${l}\r\n`).join('')}`;
    const raw = (b) => `${head}content-length: ${Buffer.byteLength(b)}\r\n\r\n${b}`;
    fs.writeFileSync(at('head'), head, { mode: 0o600 });
    fs.writeFileSync(at('whole'), raw(body), { mode: 0o600 });
    fs.writeFileSync(at('stream'), raw(streamed), { mode: 0o600 });
    return { headers: at('headers'), head: at('head'), body: at('body'), whole: at('whole'), stream: at('stream') };
}
