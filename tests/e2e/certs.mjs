// SPDX-License-Identifier: Apache-2.0
// Certificates for mocks: a P-256 authority and leaves, written as DER by hand (RFC 5280), so that no external tool is needed.
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

const tlv = (tag, ...parts) => {
    const body = Buffer.concat(parts);
    const n = body.length;
    const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const seq = (...parts) => tlv(0x30, ...parts);
const oid = (hex) => tlv(0x06, Buffer.from(hex, 'hex'));
const octets = (der) => tlv(0x04, der);
const TRUE = tlv(0x01, Buffer.from([0xff]));
const ECDSA_SHA256 = seq(oid('2a8648ce3d040302'));

const name = (cn) => seq(tlv(0x31, seq(oid('550403'), tlv(0x0c, Buffer.from(cn)))));
const time = (ms) => tlv(0x18, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')));
const address = (ip) => Buffer.from(ip.split('.').map(Number));
const isAddress = (s) => /^[\d.]+$/.test(s);
const alternatives = (names) => seq(...names.map((s) => (isAddress(s) ? tlv(0x87, address(s)) : tlv(0x82, Buffer.from(s)))));

function pem(der) {
    return `-----BEGIN CERTIFICATE-----\n${der
        .toString('base64')
        .match(/.{1,64}/g)
        .join('\n')}\n-----END CERTIFICATE-----\n`;
}

function certificate({ subject, publicKey, signer, isAuthority, names = [] }) {
    const constraints = seq(oid('551d13'), TRUE, octets(isAuthority ? seq(TRUE) : seq()));
    const subjects = names.length ? [seq(oid('551d11'), octets(alternatives(names)))] : [];
    const body = seq(
        tlv(0xa0, tlv(0x02, Buffer.from([2]))),
        tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
        ECDSA_SHA256,
        name(signer.subject),
        seq(time(Date.now() - 3_600_000), time(Date.now() + 86_400_000)),
        name(subject),
        publicKey.export({ type: 'spki', format: 'der' }),
        tlv(0xa3, seq(constraints, ...subjects)),
    );
    const signature = createSign('sha256').update(body).sign(signer.privateKey);
    return pem(seq(body, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature)));
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An authority: `cert` in PEM, and issue(names) -> { key, cert } of a server. */
export function makeAuthority(subject = 'Gatehouse test authority') {
    const { publicKey, privateKey } = newKey();
    const signer = { subject, privateKey };
    const cert = certificate({ subject, publicKey, signer, isAuthority: true });
    const issue = (names) => {
        const leaf = newKey();
        return {
            key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }),
            cert: certificate({ subject: names[0], publicKey: leaf.publicKey, signer, isAuthority: false, names }),
        };
    };
    return { cert, issue };
}
