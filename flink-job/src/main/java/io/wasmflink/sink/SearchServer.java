package io.wasmflink.sink;

import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.Secret;
import io.wasmflink.settings.StartupException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Where Elasticsearch is, how to get in, and whose certificate it has. */
public final class SearchServer implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final URI url;
  private final String user;
  private final Secret secret;
  private final byte[] authority;

  /**
   * @param user empty where the secret is an API key
   * @param secret null where everybody may write
   * @param authority certificates in PEM form; null for those that Java trusts
   */
  SearchServer(URI url, String user, Secret secret, byte[] authority) {
    this.url = url;
    this.user = user;
    this.secret = secret;
    this.authority = authority;
  }

  /** None where no documents are wanted. */
  public static Optional<SearchServer> of(JobSettings settings) {
    return settings
        .elasticsearchUrl()
        .map(
            url ->
                new SearchServer(
                    parse(url),
                    settings.elasticsearchUser().orElse(""),
                    settings.elasticsearchSecret().orElse(null),
                    settings
                        .elasticsearchAuthority()
                        .map(SearchServer::certificates)
                        .orElse(null)));
  }

  URI url() {
    return url;
  }

  /** The URL of a setting, or a sentence. */
  static URI parse(String text) {
    try {
      URI url = URI.create(text);
      if (url.getHost() != null
          && url.getUserInfo() == null
          && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // the sentence below says it
    }
    throw new StartupException(
        "--elasticsearch-url is '"
            + text.replaceFirst("//[^/@]*@", "//...@")
            + "', but must be like http://localhost:9200.");
  }

  HttpClient client() {
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
    if (authority != null) {
      builder.sslContext(trusting(authority));
    }
    return builder.build();
  }

  /**
   * A request with what the server wants to know of us.
   *
   * @param path begins with a slash
   * @throws IOException where the file with the secret can't be read
   */
  HttpRequest.Builder request(String path) throws IOException {
    String base = url.toString();
    URI target =
        URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(target);
    if (secret != null) {
      request.header("Authorization", authorization());
    }
    return request;
  }

  private String authorization() throws IOException {
    if (user.isEmpty()) {
      return "ApiKey " + secret.read();
    }
    byte[] pair = (user + ":" + secret.read()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /** Certificates are no secret: the job carries them, so that no other machine needs the file. */
  private static byte[] certificates(String file) {
    try {
      byte[] pem = Files.readAllBytes(Path.of(file));
      trusting(pem);
      return pem;
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException(
          "--elasticsearch-ca " + file + " has no certificates in PEM form: " + e.getMessage(), e);
    }
  }

  private static SSLContext trusting(byte[] authority) {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Certificate one : factory.generateCertificates(new ByteArrayInputStream(authority))) {
        trusted.setCertificateEntry("authority-" + trusted.size(), one);
      }
      if (trusted.size() == 0) {
        throw new IllegalArgumentException("there is none in it");
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
