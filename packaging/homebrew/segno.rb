# A formula for a tap of one's own: the packages of a release, with their checksums.
class Segno < Formula
  desc "Terminal multiplexer for AI coding agents that never loses a conversation"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/segno-aarch64-apple-darwin.tar.gz"
      sha256 "@segno-aarch64-apple-darwin@"
    end
  end
  on_linux do
    on_arm do
      url "@REPOSITORY@/releases/download/v@VERSION@/segno-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@segno-aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@REPOSITORY@/releases/download/v@VERSION@/segno-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@segno-x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "segno"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/segno"
    zsh_completion.install "share/zsh/site-functions/_segno"
    fish_completion.install "share/fish/vendor_completions.d/segno.fish"
    (share/"segno/installed-by").write "brew upgrade segno\n"
  end

  test do
    ENV["SEGNO_HOME"] = testpath/"segno"
    assert_match version.to_s, shell_output("#{bin}/segno --version")
    system bin/"segno", "new", "--type", "shell"
    system bin/"segno", "kill", "--all"
  end
end
