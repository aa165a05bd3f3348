/**
 * The file of settings that lies beside the bundle, for PHP, which takes no CA from the environment.
 * PHP reads it as PHP_INI_SCAN_DIR says, and puts the variable's value in, so that it is right wherever
 * the folder is mounted.
 */
export const phpSettings = {
  fileName: "auth-proxy.ini",
  text: "openssl.cafile=${SSL_CERT_FILE}\ncurl.cainfo=${SSL_CERT_FILE}\n",
} as const;
