import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that lives in memory, for TLS servers in tests. */
export interface Authority {
  readonly certificate: string;
  server(options?: { names?: readonly string[]; notAfter?: Date }): Promise<Pair>;
  client(commonName: string, options?: { notAfter?: Date }): Promise<Pair>;
}

const DAY = 24 * 3600 * 1000;

export async function makeAuthority(name = "test-ca"): Promise<Authority> {
  const keys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 30 * DAY),
      notAfter: new Date(Date.now() + 30 * DAY),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    },
    webcrypto as never,
  );
  const issue = async (subject: string, notAfter: Date | undefined, extensions: never[]): Promise<Pair> => {
    const own = await newKeys();
    const certificate: X509Certificate = await X509CertificateGenerator.create(
      {
        subject,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(Date.now() - 2 * DAY),
        notAfter: notAfter ?? new Date(Date.now() + 20 * DAY),
        extensions,
      },
      webcrypto as never,
    );
    return { certificate: certificate.toString("pem"), key: await pemOf(own.privateKey) };
  };
  return {
    certificate: authority.toString("pem"),
    server: ({ names = ["127.0.0.1"], notAfter } = {}) =>
      issue("CN=server", notAfter, [
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value })),
        ),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      ] as never[]),
    client: (commonName, { notAfter } = {}) =>
      issue(`CN=${commonName}`, notAfter, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])] as never[]),
  };
}

async function newKeys() {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as unknown as {
    publicKey: never;
    privateKey: never;
  };
}

async function pemOf(key: never): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, "$1\n").trim()}\n-----END PRIVATE KEY-----\n`;
}
