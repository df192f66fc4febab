{
  description = "A terminal multiplexer for AI coding agents that never loses a conversation";

  inputs.nixpkgs.url = "nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" "x86_64-darwin" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      manifest = (nixpkgs.lib.importTOML ./Cargo.toml).workspace.package;
    in
    {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "segno";
          inherit (manifest) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests start real agents.
          doCheck = false;
          postInstall = ''
            installShellCompletion --cmd segno \
              --bash <($out/bin/segno completions bash) \
              --zsh <($out/bin/segno completions zsh) \
              --fish <($out/bin/segno completions fish)
            $out/bin/segno man > segno.1 && installManPage segno.1
            mkdir -p $out/share/segno
            echo "nix profile upgrade segno" > $out/share/segno/installed-by
          '';
          meta = {
            homepage = manifest.repository;
            license = with nixpkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "segno";
          };
        };
      });
    };
}
