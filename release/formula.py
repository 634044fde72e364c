"""Prints the Homebrew formula of a release: programs for the systems that have an archive, source for the others.

    formula.py VERSION URL FOLDER
"""

import hashlib
import pathlib
import sys

SYSTEMS = [
    ("macos", "arm", "aarch64-apple-darwin"),
    ("macos", "intel", "x86_64-apple-darwin"),
    ("linux", "arm", "aarch64-unknown-linux-musl"),
    ("linux", "intel", "x86_64-unknown-linux-musl"),
]


def source(url: str, path: pathlib.Path, indent: str) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f'{indent}url "{url}/{path.name}"\n{indent}sha256 "{digest}"\n'


def main() -> None:
    version, url, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    blocks: dict[str, list[str]] = {"macos": [], "linux": []}
    for system, processor, target in SYSTEMS:
        archive = folder / f"awsenv-{version}-{target}.tar.gz"
        if archive.exists():
            block = f"    on_{processor} do\n{source(url, archive, '      ')}    end\n"
            blocks[system].append(block)
    from_source = ['    depends_on "rust" => :build\n']
    systems = "".join(f"\n  on_{system} do\n{''.join(parts or from_source)}  end\n" for system, parts in blocks.items())
    print(
        f"""\
class Awsenv < Formula
  desc "Load AWS credentials per directory, with automatic SSO login"
  homepage "{url}"
  version "{version}"
{source(url, folder / f"awsenv-{version}.tar.gz", "  ")}\
  license any_of: ["MIT", "Apache-2.0"]
{systems}
  def install
    if File.exist?("awsenv")
      bin.install "awsenv"
      bash_completion.install "completions/awsenv.bash" => "awsenv"
      zsh_completion.install "completions/_awsenv"
      fish_completion.install "completions/awsenv.fish"
    else
      system "cargo", "install", *std_cargo_args
      bash_completion.install "shell/complete.bash" => "awsenv"
      zsh_completion.install "shell/complete.zsh" => "_awsenv"
      fish_completion.install "shell/complete.fish" => "awsenv.fish"
    end
    # Docker runs awsenv by this name.
    bin.install_symlink "awsenv" => "docker-credential-awsenv"
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
  end

  def caveats
    "Add the hook to your shell's start-up file; `awsenv hook --help` has the line."
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/awsenv --version")
  end
end""",
    )


main()
