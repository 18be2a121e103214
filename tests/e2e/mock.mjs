// SPDX-License-Identifier: Apache-2.0
// A model backend that behaves as badly as its caller asks: the body's `model` names the behaviour, so that one backend with many
// deployments gives every case. It keeps what it received, for tests to judge what Gatehouse passes on.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { answerOpenai } from './mock-openai.mjs';

export const ANSWER = 'The gate is open to those who are known.';
export const USAGE = { prompt_tokens: 11, completion_tokens: 9, total_tokens: 20 };

/** Answers of `held`, which wait until the test lets them go. */
const holding = new Set();
export const heldAnswers = () => holding.size;
export function letGo() {
    for (const go of holding)
        go();
    holding.clear();
}

const completion = (model, extra = {}) => ({
    id: 'chatcmpl-mock',
    object: 'chat.completion',
    created: 1700000000,
    model,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: ANSWER } }],
    usage: USAGE,
    ...extra,
});
const toolCall = (model, tool) =>
    completion(model, {
        choices: [
            {
                index: 0,
                finish_reason: 'tool_calls',
                message: {
                    role: 'assistant',
                    content: null,
                    tool_calls: [{ id: 'call_1', type: 'function', function: { name: tool.function.name, arguments: '{"city":"Bern"}' } }],
                },
            },
        ],
    });

const chunk = (delta, extra = {}) => ({
    id: 'chatcmpl-mock',
    object: 'chat.completion.chunk',
    created: 1700000000,
    model: 'mock',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...extra,
});
const usageChunk = () => chunk({}, { choices: [], usage: USAGE });
const words = ANSWER.split(/(?<= )/);

/** The events of a well-behaved stream; `usage` only when it was asked for, as real services do. */
function events(wantsUsage) {
    const extra = wantsUsage ? { usage: null } : {};
    const deltas = [{ role: 'assistant', content: '' }, ...words.map((content) => ({ content }))].map((d) => chunk(d, extra));
    const last = chunk({}, { ...extra, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    return [...deltas, last, ...(wantsUsage ? [usageChunk()] : [])];
}
const frame = (event, eol = '\n') => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}${eol}${eol}`;
const stream = (list, eol) => [...list.map((e) => frame(e, eol)), frame('[DONE]', eol)].join('');

/** The connection takes more, or is gone. */
const drained = (res) =>
    new Promise((done) => {
        const either = () => (res.off('drain', either).off('close', either), done());
        res.on('drain', either).on('close', either);
    });
const startStream = (res) => res.writeHead(200, { 'content-type': 'text/event-stream' });
const json = (res, status, value, headers = {}) => {
    const text = JSON.stringify(value);
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
    res.end(text);
};
const raw = (res, text) => {
    res.socket.write(text);
    return res.socket;
};

async function drip(res, bytes, step, pauseMs) {
    res.socket.setNoDelay(true);
    for (let i = 0; i < bytes.length && !res.destroyed; i += step) {
        res.write(bytes.subarray(i, i + step));
        await (pauseMs ? sleep(pauseMs) : new Promise(setImmediate));
    }
    res.end();
}

const asksUsage = (body) => body.stream_options?.include_usage === true;
const wholeStream = (body, eol) => Buffer.from(stream(events(asksUsage(body)), eol));

/** behaviour name -> (res, body, server). A new behaviour is a new row. */
const behaviours = {
    json: (res, body) => json(res, 200, completion(body.model)),
    echo: (res, body) =>
        json(
            res,
            200,
            completion(body.model, {
                choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: body.messages.at(-1).content } }],
            }),
        ),
    tools: (res, body) => json(res, 200, body.tools ? toolCall(body.model, body.tools[0]) : completion(body.model)),
    // calls of a tool that nobody declared
    'rogue-call': (res, body) => json(res, 200, toolCall(body.model, { function: { name: 'delete_everything' } })),
    'rogue-stream': (res, body) => {
        startStream(res);
        const call = chunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'delete_everything', arguments: '{"rogue":1}' } }] });
        return drip(res, Buffer.from(stream([...events(asksUsage(body)).slice(0, 3), call, chunk({ content: 'after the call' })])), 13, 0);
    },
    'rogue-response': (res, body) => {
        const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'delete_everything', arguments: '{"rogue":1}' };
        const whole = (output) => ({ id: 'resp_1', object: 'response', status: 'completed', output, usage: { input_tokens: 1, output_tokens: 1 } });
        if (!body.stream) return json(res, 200, whole([call]));
        const begun = { type: 'response.created', response: { ...whole([]), usage: null } };
        const text = { type: 'response.output_text.delta', item_id: 'm', delta: 'so far' };
        const where = {
            added: { type: 'response.output_item.added', item: call },
            done: { type: 'response.output_item.done', item: call },
            last: { type: 'response.completed', response: whole([call]) },
        }[body.input];
        startStream(res);
        const list = [begun, text, where, { type: 'response.completed', response: whole([]) }];
        return drip(res, Buffer.from(list.map((e) => `event: ${e.type}\n${frame(e)}`).join('')), 17, 0);
    },
    'rogue-message': (res, body) => {
        const block = { type: 'tool_use', id: 'toolu_1', name: 'delete_everything', input: { rogue: 1 } };
        const message = (content) => ({ type: 'message', id: 'msg_1', role: 'assistant', content, usage: { input_tokens: 1, output_tokens: 1 } });
        if (!body.stream) return json(res, 200, message([block]));
        const list = [
            { type: 'message_start', message: message(body.messages[0].content === 'first' ? [block] : []) },
            { type: 'content_block_start', index: 0, content_block: block },
            { type: 'content_block_stop', index: 0 },
            { type: 'message_stop' },
        ];
        startStream(res);
        return drip(res, Buffer.from(list.map((e) => `event: ${e.type}\n${frame(e)}`).join('')), 17, 0);
    },
    stream: (res, body) => (startStream(res), drip(res, wholeStream(body), 400, 1)),
    'stream-bytes': (res, body) => (startStream(res), drip(res, wholeStream(body), 1, 0)),
    'stream-crlf': (res, body) => (startStream(res), drip(res, wholeStream(body, '\r\n'), 7, 0)),
    'stream-cr': (res, body) => (startStream(res), drip(res, wholeStream(body, '\r'), 5, 0)),
    'stream-one-write': (res, body) => (startStream(res), res.end(wholeStream(body))),
    'stream-comments': (res, body) => {
        startStream(res);
        const noisy = events(asksUsage(body))
            .map((e) => `: keep-alive\n\nevent: message\nid: 7\n${frame(e)}`)
            .join('');
        return drip(res, Buffer.from(noisy + ': last\n\n' + frame('[DONE]')), 11, 0);
    },
    'stream-no-usage': (res) => (startStream(res), drip(res, Buffer.from(stream(events(false))), 50, 0)),
    'stream-usage-first': (res) => {
        startStream(res);
        return drip(res, Buffer.from(stream([usageChunk(), ...events(false)])), 50, 0);
    },
    'stream-no-done': (res, body) => (
        startStream(res),
        res.end(
            events(asksUsage(body))
                .map((e) => frame(e))
                .join(''),
        )
    ),
    'stream-truncated': async (res, body) => {
        startStream(res);
        res.write(wholeStream(body).subarray(0, 700));
        await sleep(50);
        res.socket.destroy();
    },
    'stream-error': (res) => {
        startStream(res);
        const failed = { error: { message: 'the model fell over', type: 'server_error', param: null, code: null } };
        res.end([...events(false).slice(0, 4), failed].map((e) => frame(e)).join(''));
    },
    'stream-garbage': (res) => (startStream(res), res.end('data: {"choices": [\n\ndata: \u0000\u0001\n\n' + frame('[DONE]'))),
    'stream-paced': async (res, body) => {
        startStream(res);
        for (const e of events(asksUsage(body))) {
            res.write(frame(e));
            await sleep(100);
        }
        res.end(frame('[DONE]'));
    },
    'stream-silent': async (res) => {
        startStream(res);
        res.write(frame(chunk({ content: 'and then ' })));
        while (!res.destroyed && res.writable) await sleep(50);
    },
    'slow': async (res) => {
        await sleep(1500);
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
    },
    'stream-endless': async (res) => {
        startStream(res);
        while (!res.destroyed && res.writable) {
            if (!res.write(frame(chunk({ content: 'and again ' }))))
                await drained(res);
            await sleep(2);
        }
    },
    'stream-long-line': async (res) => {
        startStream(res);
        res.write('data: ');
        for (let i = 0; i < 512 && !res.destroyed; i++) {
            res.write('x'.repeat(8192));
            await new Promise(setImmediate);
        }
        res.end('\n\n');
    },
    slow: async (res, body) => (await sleep(700), json(res, 200, completion(body.model))),
    held: async (res, body) => (await new Promise((go) => holding.add(go)), json(res, 200, completion(body.model))),
    hang: () => {},
    'hang-up': (res) => res.socket.destroy(),
    'hang-up-in-body': async (res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        res.write('{"id":"chatcmpl-mock",');
        await sleep(50);
        res.socket.destroy();
    },
    garbage: (res) => raw(res, '\u0000\u0001SSH-2.0-not-http\r\n\r\n').destroySoon(),
    'not-json': (res) => (res.writeHead(200, { 'content-type': 'application/json' }), res.end('{"choices": [ this is no JSON')),
    gzip: (res, body) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        res.end(gzipSync(JSON.stringify(completion(body.model))));
    },
    html: (res) => {
        res.writeHead(200, { 'content-type': 'text/html' });
        res.end('<html><body>backend-internal-page <a href="http://10.0.0.1/admin">admin</a></body></html>');
    },
    'html-error': (res) => (res.writeHead(502, { 'content-type': 'text/html' }), res.end('<html>backend-internal-page</html>')),
    'endless-json': async (res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        res.write('{"choices":[{"message":{"content":"');
        for (let i = 0; i < 8192 && !res.destroyed; i++) {
            if (!res.write('x'.repeat(16384))) await drained(res);
        }
        res.end();
    },
    'accel-redirect': (res, body) =>
        json(res, 200, completion(body.model), {
            'x-accel-redirect': '/api/status',
            'x-accel-buffering': 'yes',
            'x-accel-limit-rate': '1',
            'x-accel-expires': '600',
        }),
    'odd-headers': (res, body) =>
        json(res, 200, completion(body.model), {
            server: 'backend-internal/9',
            'set-cookie': 'session=backend',
            'x-powered-by': 'backend-internal',
            location: 'http://10.0.0.1/',
            'www-authenticate': 'Basic realm="backend-internal"',
            'gatehouse-edge': 'v1;t=1',
            'x-ratelimit-remaining-tokens': '77',
        }),
    'extra-bytes': (res, body) => {
        const text = JSON.stringify(completion(body.model));
        const smuggled = JSON.stringify(completion('smuggled', { id: 'chatcmpl-smuggled' }));
        const head = (t) => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(t)}\r\n\r\n`;
        const socket = raw(res, head(text) + text);
        setTimeout(() => socket.destroyed || socket.write(head(smuggled) + smuggled), 3);
    },
    'switching-protocols': (res) => raw(res, 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nraw'),
    'error-400': (res) =>
        json(res, 400, { error: { message: 'max_tokens is too large', type: 'invalid_request_error', param: 'max_tokens', code: null } }),
    'error-429': (res) =>
        json(res, 429, { error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit_exceeded' } }, { 'retry-after': '7' }),
    'error-500': (res) => json(res, 500, { error: { message: 'backend broke', type: 'server_error', code: null } }),
    'error-503': (res) =>
        json(res, 503, { error: { message: 'no capacity', type: 'server_error', code: null } }, { 'retry-after': '2' }),
    'error-529': (res) => json(res, 529, { error: { message: 'overloaded', type: 'overloaded_error', code: null } }),
    'error-401': (res) => json(res, 401, { error: { message: 'Incorrect API key provided: sk-back****', code: 'invalid_api_key' } }),
};
export const BEHAVIOURS = Object.keys(behaviours);

async function readBody(req) {
    const parts = [];
    for await (const p of req) parts.push(p);
    return Buffer.concat(parts).toString();
}

async function answer(upstream, req, res) {
    const text = await readBody(req);
    const seen = {
        method: req.method,
        url: req.url,
        headers: req.headers,
        rawHeaders: req.rawHeaders,
        version: req.httpVersion,
        text,
        aborted: false,
    };
    upstream.requests.push(seen);
    res.on('close', () => (seen.aborted = !res.writableFinished));
    const body = JSON.parse(text || '{}');
    if (!body.model?.startsWith?.('rogue-') && (await answerOpenai(upstream, req, res, body))) return;
    const wanted = body.model in behaviours ? body.model : body.stream ? 'stream' : 'json';
    await behaviours[wanted](res, body);
}

/**
 * Starts a backend on loopback. tls: { key, cert } of certs.mjs. Gives { url, host, port, requests, last(), close() }.
 */
export async function startUpstream({ tls, host = '127.0.0.1' } = {}) {
    const upstream = { requests: [], last: () => upstream.requests.at(-1) };
    const handler = (req, res) => answer(upstream, req, res).catch(() => res.socket?.destroy());
    const server = tls ? https.createServer(tls, handler) : http.createServer(handler);
    server.keepAliveTimeout = 60_000;
    const sockets = new Set();
    server.on(
        tls ? 'secureConnection' : 'connection',
        (s) => (sockets.add(s), s.on('error', () => {}), s.on('close', () => sockets.delete(s))),
    );
    server.on('clientError', (_, s) => s.destroy());
    await new Promise((ok, bad) => server.on('error', bad).listen(0, host, ok));
    upstream.port = server.address().port;
    upstream.url = `${tls ? 'https' : 'http'}://${tls ? 'localhost' : host}:${upstream.port}`;
    upstream.sockets = sockets;
    upstream.close = () => new Promise((done) => (server.close(done), sockets.forEach((s) => s.destroy())));
    return upstream;
}
