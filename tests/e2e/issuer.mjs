// SPDX-License-Identifier: Apache-2.0
// A small issuer of tokens on loopback with keys of every kind, which counts how often its key set is fetched; tests make it sign
// things that no honest issuer would.
import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import https from 'node:https';
import { makeAuthority } from './certs.mjs';

const KINDS = {
    // kid -> [generate, alg, sign options]
    rs: ['RS256', ['rsa', { modulusLength: 2048 }], {}],
    ps: ['PS256', ['rsa', { modulusLength: 2048 }], { padding: 6, saltLength: 32 }],
    es: ['ES256', ['ec', { namedCurve: 'P-256' }], { dsaEncoding: 'ieee-p1363' }],
    ed: ['EdDSA', ['ed25519', {}], {}],
};
export const KEY_KINDS = Object.keys(KINDS);
const b64 = (v) => Buffer.from(typeof v === 'string' ? v : Buffer.isBuffer(v) ? v : JSON.stringify(v)).toString('base64url');

function makeKey(kid, kind = kid) {
    const [alg, how, options] = KINDS[kind];
    const { publicKey, privateKey } = generateKeyPairSync(...how);
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
    const bytes = (data) => sign(kind === 'ed' ? null : 'sha256', data, { key: privateKey, ...options });
    return { kid, alg, jwk, sign: bytes, publicPem: publicKey.export({ type: 'spki', format: 'pem' }) };
}

export class Issuer {
    static async start() {
        const it = new Issuer();
        it.authority = makeAuthority('Issuer authority');
        it.keys = Object.fromEntries(KEY_KINDS.map((kid) => [kid, makeKey(kid)]));
        it.fetches = []; // times at which the key set was fetched
        it.isDown = false;
        it.server = https.createServer(it.authority.issue(['localhost', '127.0.0.1']), (req, res) => it.serve(req, res));
        await new Promise((ok) => it.server.listen(0, '127.0.0.1', ok));
        it.url = `https://localhost:${it.server.address().port}/tenant`;
        return it;
    }

    serve(req, res) {
        if (this.isDown) return res.writeHead(500).end();
        const pages = {
            '/tenant/.well-known/openid-configuration': () => ({
                issuer: this.url,
                jwks_uri: `${this.url}/keys`,
                id_token_signing_alg_values_supported: ['RS256'],
            }),
            '/tenant/keys': () => (this.fetches.push(Date.now()), { keys: Object.values(this.keys).map((k) => k.jwk) }),
        };
        const page = pages[req.url];
        res.writeHead(page ? 200 : 404, { 'content-type': 'application/json' }).end(page ? JSON.stringify(page()) : '{}');
    }

    addKey(kid, kind = 'es') {
        return (this.keys[kid] = makeKey(kid, kind));
    }
    dropKey(kid) {
        delete this.keys[kid];
    }

    claims(more = {}) {
        const now = Math.floor(Date.now() / 1000);
        return {
            iss: this.url,
            sub: 'workload-1',
            oid: 'workload-1',
            aud: 'api://e2e',
            iat: now,
            nbf: now - 5,
            exp: now + 600,
            jti: randomUUID(),
            ...more,
        };
    }

    /** A token with these claims (an object, or raw payload text) under the key of this kid; `header` adds or replaces members. */
    token(claims = this.claims(), { kid = 'es', header = {}, key = this.keys[kid] } = {}) {
        const head = { alg: key.alg, typ: 'JWT', kid, ...header };
        const signed = `${b64(typeof header === 'string' ? header : head)}.${b64(claims)}`;
        return `${signed}.${b64(key.sign(Buffer.from(signed)))}`;
    }

    /** HS256 with the public key of `kid` as the secret, in the encodings that a confused verifier might use. */
    confusedTokens(kid = 'rs') {
        const { publicPem } = this.keys[kid];
        const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' });
        return [publicPem, publicPem.trim(), der].map((secret) => {
            const signed = `${b64({ alg: 'HS256', typ: 'JWT', kid })}.${b64(this.claims())}`;
            return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
        });
    }

    properties(more = {}) {
        return { issuer: this.url, audiences: [], subjectClaim: 'sub', caCertificate: this.authority.cert, ...more };
    }

    close() {
        this.server.close();
        this.server.closeAllConnections?.();
    }
}
export { b64 };
