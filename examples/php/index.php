<?php
// An API for whoever has an access token of bearward: PHP with firebase/php-jwt.
//
// It needs PHP 8.1 with APCu (Debian: php-cli php-apcu), and what composer.json names: composer install
// Change the three values below, and start it: php -S 127.0.0.1:8080 index.php

use Firebase\JWT\CachedKeySet;
use Firebase\JWT\JWT;

require __DIR__ . '/vendor/autoload.php';
ini_set('display_errors', '0');     // a warning in the output would come before the status, and make it 200

define('ISSUER', getenv('ISSUER') ?: 'https://login.example.org');      // `issuer` in bearward.conf
define('AUDIENCE', getenv('AUDIENCE') ?: 'https://api.example.org');    // `audience` in bearward.conf
define('SCOPE', getenv('SCOPE') ?: 'admin');                            // what /admin demands
define('JWKS_URI', getenv('JWKS_URI') ?: ISSUER . '/.well-known/jwks.json');
const ALGORITHMS = ['ES256'];                                           // as `signing_alg`
const INVALID = 'WWW-Authenticate: Bearer error="invalid_token"';

function refuse(int $status, string $header): never
{
    header($header);
    http_response_code($status);                    // comes last: with WWW-Authenticate, PHP itself makes it 401
    exit;
}

/** Returns the claims of the request's token, or answers 401, 403 or 503. */
function protect(string $scope = ''): stdClass
{
    // Apache gives PHP this header only with "CGIPassAuth On".
    if (!preg_match('/^Bearer +(\S+)$/i', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $found)) {
        refuse(401, 'WWW-Authenticate: Bearer');
    }
    // APCu keeps bearward's public keys for five minutes; without a time, it would for ever. A key that is not among them
    // is asked for anew.
    $keys = new CachedKeySet(
        JWKS_URI,
        new GuzzleHttp\Client(['timeout' => 5]),
        new GuzzleHttp\Psr7\HttpFactory(),
        new Symfony\Component\Cache\Adapter\ApcuAdapter('jwks'),
        300
    );
    $header = new stdClass();
    try {
        $claims = JWT::decode($found[1], $keys, $header);
    } catch (Psr\Http\Client\ClientExceptionInterface) {
        refuse(503, 'Retry-After: 5');        // bearward cannot be reached
    } catch (Exception | TypeError $e) {
        // Only an exception about the answer to the question for the keys has a code, which is its status.
        $e->getCode() >= 400 ? refuse(503, 'Retry-After: 5') : refuse(401, INVALID);
    }
    // The library has looked at the signature, and at exp where there is one.
    if (!in_array($header->alg, ALGORITHMS, true) || ($header->typ ?? '') !== 'at+jwt'
        || ($claims->iss ?? '') !== ISSUER || !in_array(AUDIENCE, (array) ($claims->aud ?? []), true)
        || !isset($claims->exp) || !is_string($claims->sub ?? null)) {
        refuse(401, INVALID);
    }
    if ($scope !== '' && !in_array($scope, explode(' ', (string) ($claims->scope ?? '')), true)) {
        refuse(403, "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"$scope\"");
    }
    return $claims;
}

$claims = match (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    '/hello' => protect(),
    '/admin' => protect(SCOPE),
    default => refuse(404, 'Content-Type: text/plain'),
};
header('Content-Type: application/json');
echo json_encode(['sub' => $claims->sub]);
