// SPDX-License-Identifier: Apache-2.0
// The plainest clients that tests need: one request over HTTP/1.1 or HTTP/2, and raw bytes over TLS for what no client would send.
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';

/** What came until the end, and whether the end was a proper one. */
async function whole(stream) {
    const parts = [];
    try {
        for await (const p of stream) parts.push(p);
    } catch {
        return [Buffer.concat(parts), false];
    }
    return [Buffer.concat(parts), true];
}

const parsed = (status, headers, bytes, extra = {}) => {
    const text = bytes.toString();
    return {
        status,
        headers,
        text,
        ...extra,
        get json() {
            return JSON.parse(text);
        },
    };
};

/** One HTTP/1.1 request on a connection of its own. origin: { host, port, ca, servername }. */
export function request1(origin, { method = 'GET', path, headers = {}, body, timeoutMs = 20_000 }) {
    return new Promise((done, fail) => {
        const options = {
            host: origin.host,
            port: origin.port,
            ca: origin.ca,
            servername: origin.servername,
            agent: false,
            method,
            path,
            headers,
        };
        const req = https.request(options, async (res) => {
            const [bytes, isComplete] = await whole(res);
            done(parsed(res.statusCode, res.headers, bytes, { isComplete: isComplete && res.complete, rawHeaders: res.rawHeaders }));
        });
        req.setTimeout(timeoutMs, () => req.destroy(new Error(`no answer in ${timeoutMs} ms: ${method} ${path}`)));
        req.on('error', fail);
        req.end(body);
    });
}

/** The same over HTTP/2. Header names may hold anything that node lets through. */
export function request2(origin, { method = 'GET', path, headers = {}, body, timeoutMs = 20_000 }) {
    return new Promise((done, fail) => {
        const session = http2.connect(`https://${origin.host}:${origin.port}`, { ca: origin.ca, servername: origin.servername ?? '' });
        const finish = (how, value) => (session.destroy(), how(value));
        session.on('error', (e) => finish(fail, e));
        const req = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
        req.setTimeout(timeoutMs, () => finish(fail, new Error(`no answer in ${timeoutMs} ms: ${method} ${path}`)));
        let hasAnswer = false;
        req.on('error', (e) => hasAnswer || finish(fail, e));
        req.on('close', () => hasAnswer || finish(fail, new Error(`the connection went before an answer: ${method} ${path}`)));
        req.on('response', async (h) => {
            hasAnswer = true;
            const [bytes, isComplete] = await whole(req);
            const { ':status': status, ...fields } = h;
            finish(done, parsed(status, fields, bytes, { isComplete }));
        });
        if (body !== undefined) req.end(body);
    });
}

/** What sees every request and its answer, and may throw: harness.mjs sets it, tests of the edge alone do not. */
export const watch = { answer: undefined };

export async function request(origin, options) {
    const answer = await (options.version === 2 ? request2 : request1)(origin, options);
    watch.answer?.({ method: 'GET', ...options }, answer);
    return answer;
}

/** A TLS connection that speaks HTTP/1.1, for raw bytes. */
export function connect(origin) {
    return new Promise((done, fail) => {
        const options = { host: origin.host, port: origin.port, ca: origin.ca, servername: origin.servername, ALPNProtocols: ['http/1.1'] };
        const socket = tls.connect(options, () => done(socket));
        socket.on('error', fail);
    });
}

/**
 * Writes the pieces (with pauseMs between them) and collects what comes back until the peer closes, or `idleMs` pass without a byte, or
 * much less once the expected number of answers was seen: time enough for one that should not come.
 */
export async function exchange(origin, pieces, { pauseMs = 0, idleMs = 1500, answers = 1 } = {}) {
    const socket = await connect(origin);
    let text = '';
    let timer;
    const ended = new Promise((done) => {
        const again = () => {
            const isDone = statuses(text).filter((s) => s >= 200).length >= answers;
            clearTimeout(timer);
            timer = setTimeout(done, isDone ? 200 : idleMs);
        };
        socket.on('data', (d) => ((text += d), again()));
        socket.on('close', done);
        socket.on('error', done);
        again();
    });
    for (const piece of [pieces].flat()) {
        if (socket.destroyed) break;
        socket.write(piece);
        if (pauseMs) await new Promise((ok) => setTimeout(ok, pauseMs));
    }
    await ended;
    clearTimeout(timer);
    socket.destroy();
    return text;
}

/** Status codes of all answers in a raw exchange. */
export const statuses = (text) => [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((m) => Number(m[1]));

/** The data of each event of an SSE text. */
export const sseData = (text) =>
    text.split(/\r\n\r\n|\n\n|\r\r/).flatMap((block) => {
        const data = block
            .split(/\r\n|\n|\r/)
            .filter((l) => l.startsWith('data:'))
            .map((l) => l.slice(5).replace(/^ /, ''));
        return data.length ? [data.join('\n')] : [];
    });
