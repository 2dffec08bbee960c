# A formula for a tap; `plugin/release manifests` fills it in.
class KubectlPromote < Formula
  desc "Move versions from one kustomize overlay to another"
  homepage "https://github.com/kubectl-promote/kubectl-promote"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@URL@/kubectl-promote-v@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "@URL@/kubectl-promote-v@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@URL@/kubectl-promote-v@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@URL@/kubectl-promote-v@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "kubectl-promote"
    # Under this name kubectl asks it to complete.
    bin.install_symlink "kubectl-promote" => "kubectl_complete-promote"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/kubectl-promote"
    zsh_completion.install "completions/_kubectl-promote"
    fish_completion.install "completions/kubectl-promote.fish"
    pwsh_completion.install "completions/_kubectl-promote.ps1"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/kubectl-promote --version")
  end
end
