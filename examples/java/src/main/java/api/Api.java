// An API for whoever has an access token of bearward: Spring Boot with Spring Security.
//
// It needs Java 17 and Maven, which fetches what pom.xml names.
// Change the three values below, and start it: mvn spring-boot:run
package api;

import jakarta.servlet.DispatcherType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class Api {
    static final String ISSUER = setting("ISSUER", "https://login.example.org"); // `issuer` in bearward.conf
    static final String AUDIENCE = setting("AUDIENCE", "https://api.example.org"); // `audience` in bearward.conf
    static final String SCOPE = setting("SCOPE", "admin"); // what /admin demands
    static final String JWKS_URI = setting("JWKS_URI", ISSUER + "/.well-known/jwks.json");
    static final List<SignatureAlgorithm> ALGORITHMS = List.of(SignatureAlgorithm.ES256); // as `signing_alg`

    // Keeps bearward's public keys for five minutes, and asks anew for a key that is not among them.
    // Without a word about it, Spring takes RS256 only, and no token that says "at+jwt".
    @Bean
    JwtDecoder decoder() {
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(JWKS_URI)
            .jwsAlgorithms(taken -> taken.addAll(ALGORITHMS))
            .build();
        decoder.setJwtValidator(JwtValidators.createAtJwtValidator()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .validators(v -> v.put("client_id", new JwtClaimValidator<>("client_id", Objects::nonNull)))
            .build());
        return decoder;
    }

    @Bean
    SecurityFilterChain rules(HttpSecurity http) throws Exception {
        return http
            .authorizeHttpRequests(requests -> requests
                .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll() // 500 and not 401 when bearward cannot be reached
                .requestMatchers("/admin").hasAuthority("SCOPE_" + SCOPE)
                .anyRequest().authenticated())
            .oauth2ResourceServer(server -> server.jwt(Customizer.withDefaults()))
            .build();
    }

    @GetMapping({"/hello", "/admin"})
    Map<String, String> hello(@AuthenticationPrincipal Jwt token) {
        return Map.of("sub", token.getSubject());
    }

    static String setting(String name, String otherwise) {
        return Objects.requireNonNullElse(System.getenv(name), otherwise);
    }

    public static void main(String[] args) {
        SpringApplication api = new SpringApplication(Api.class);
        api.setDefaultProperties(Map.of("server.address", "127.0.0.1", "server.port", setting("PORT", "8080")));
        api.run(args);
    }
}
