/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/jose_vectors: keys and tokens typed in from RFC 7515 appendix A, RFC 7519 and RFC 8037 appendix A (and one of our own for P-384),
 * for the tests and benches of base/crypto and token/. Keys stand as SubjectPublicKeyInfo and as JWK, both from the same numbers.
 */
#ifndef GH_TESTS_JOSE_VECTORS_H
#define GH_TESTS_JOSE_VECTORS_H

/* {"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}, with the RFC's line ends */
#define RFC7515_CLAIMS "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

/* RFC 7515 A.1: HS256, which we refuse */
#define RFC7515_A1_TOKEN \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9" \
    "leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* RFC 7515 A.2: RS256 */
#define RFC7515_A2_N \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR" \
    "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB" \
    "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia" \
    "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RFC7515_A2_SPKI \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPd" \
    "dxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7" \
    "OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k" \
    "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQAB"
#define RFC7515_A2_SIG \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9" \
    "uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB" \
    "_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq" \
    "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
#define RFC7515_A2_SIGNED "eyJhbGciOiJSUzI1NiJ9." RFC7515_CLAIMS
#define RFC7515_A2_TOKEN RFC7515_A2_SIGNED "." RFC7515_A2_SIG
#define RFC7515_A2_JWK "{\"kty\":\"RSA\",\"n\":\"" RFC7515_A2_N "\",\"e\":\"AQAB\",\"kid\":\"a2\"}"

/* RFC 7515 A.3: ES256 */
#define RFC7515_A3_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC7515_A3_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define RFC7515_A3_SPKI \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3-257rn0" \
    "s2ldbqkLJK2KRiMohYjlrQ"
#define RFC7515_A3_SIG "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define RFC7515_A3_SIGNED "eyJhbGciOiJFUzI1NiJ9." RFC7515_CLAIMS
#define RFC7515_A3_TOKEN RFC7515_A3_SIGNED "." RFC7515_A3_SIG
#define RFC7515_A3_JWK "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" RFC7515_A3_X "\",\"y\":\"" RFC7515_A3_Y "\",\"kid\":\"a3\"}"

/* RFC 7515 A.4: ES512 */
#define RFC7515_A4_SPKI \
    "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB6SkFDxJPxrxVx9U5M2Xfne9KsMIssleY-TTrBOPGuuNwGlenkQ6dgb82MVno68sV" \
    "XWNJ9L22zPipTFxZx6rBAaQANKZEDjdnUNI3H9G9wsjztx0vTuXqNDLIFcyjFWD-XZOH7HdLVYOGMOXLv1qMvgqR3QBkxpmaH25u" \
    "Z_rd7eTIyPY"
#define RFC7515_A4_SIG \
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCA" \
    "PZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
#define RFC7515_A4_SIGNED "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA"
#define RFC7515_A4_TOKEN RFC7515_A4_SIGNED "." RFC7515_A4_SIG
#define RFC7515_A4_JWK \
    "{\"kty\":\"EC\",\"crv\":\"P-521\",\"kid\":\"a4\"," \
    "\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\"," \
    "\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}"

/* RFC 7515 A.5 and RFC 7519 section 6.1: the unsecured token, which we refuse */
#define RFC7515_A5_TOKEN \
    "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y" \
    "b290Ijp0cnVlfQ."

/* RFC 8037 A.2 to A.4: Ed25519; A.3 its RFC 7638 thumbprint */
#define RFC8037_A4_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define RFC8037_A4_SIG "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
#define RFC8037_A4_SIGNED "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
#define RFC8037_A4_TOKEN RFC8037_A4_SIGNED "." RFC8037_A4_SIG
#define RFC8037_A4_JWK "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" RFC8037_A4_X "\"}"
#define RFC8037_A3_THUMBPRINT "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
#define RFC8037_A4_SPKI "MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

/* Our own: ES384 over "Gatehouse" */
#define OWN_ES384_SPKI \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEERece6fO_IhD3chgpF-mNnui_fNUttt6NpfwK0VIPO0RL8mqeo-Zap6dObSM2lV2ZSGX" \
    "ZXi-x0qOttGpLFs0neSC-CBCCTF5a9_ErX8poaPrlh3BGRyKp5n33499J9rD"
#define OWN_ES384_SIG \
    "Gt-fgidno7XUmvJ6CqVA0m-mclbTECIfzdpLdyx1FoRFSdFxoxfC1EFj15423FO_zBqojZdXXIB-XXwDNPmy8WqEdjnm8vdZLfDI" \
    "TvLbryBhB82vFr5neW2yIXePRAMY"

#endif
