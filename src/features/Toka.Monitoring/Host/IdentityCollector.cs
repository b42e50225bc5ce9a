using System.Globalization;
using System.Runtime.InteropServices;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>What the host is: kernel (uname) and distribution (os-release(5)).</summary>
internal sealed class IdentityCollector(CollectorEnvironment environment) : SlowCollector
{
    private static readonly string[] ReleaseLabels =
    [
        "build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name", "variant", "variant_id", "version",
        "version_codename", "version_id",
    ];

    private readonly InfoSeries _uname = new(environment.Node, MetricFamily.Info("node_uname_info", "The kernel, as uname(2) tells."));
    private readonly InfoSeries _os = new(environment.Node, MetricFamily.Info("node_os_info", "The distribution, as os-release(5) tells."));
    private readonly InfoSeries _version = new(environment.Node, MetricFamily.Gauge("node_os_version", "The distribution's version: major and minor as one number."));

    private readonly SourceFile _sysname = environment.Proc("uname", "sys/kernel/ostype", optional: true);
    private readonly SourceFile _release = environment.Proc("uname", "sys/kernel/osrelease", optional: true);
    private readonly SourceFile _kernelVersion = environment.Proc("uname", "sys/kernel/version", optional: true);
    private readonly SourceFile _nodename = environment.Proc("uname", "sys/kernel/hostname", optional: true);
    private readonly SourceFile _domainname = environment.Proc("uname", "sys/kernel/domainname", optional: true);
    private readonly SourceFile _machine = environment.Proc("uname", "sys/kernel/arch", optional: true);

    private readonly SourceFile[] _osRelease =
    [
        environment.File("os", Path.Combine(environment.Options.RootFs, "etc/os-release"), optional: true),
        environment.File("os", Path.Combine(environment.Options.RootFs, "usr/lib/os-release"), optional: true),
    ];

    public override string Name => "uname";

    protected override void Look()
    {
        if (_release.ReadText() is { } release)
        {
            Keep(
                _uname.Of(
                    ("sysname", _sysname.ReadText() ?? ""), ("release", release), ("version", _kernelVersion.ReadText() ?? ""),
                    ("nodename", _nodename.ReadText() ?? ""), ("domainname", _domainname.ReadText() ?? ""),
                    ("machine", _machine.ReadText() ?? Machine())),
                1);
        }

        var text = _osRelease.Select(file => file.ReadText()).FirstOrDefault(t => t is not null);
        if (text is not null)
        {
            LookAtOs(Parse(text));
        }
    }

    private void LookAtOs(Dictionary<string, string> fields)
    {
        Keep(_os.Of([.. ReleaseLabels.Select(label => (label, fields.GetValueOrDefault(label.ToUpperInvariant(), "")))]), 1);

        var numbers = fields.GetValueOrDefault("VERSION_ID", "").Split('.');
        if (double.TryParse(string.Join('.', numbers.Take(2)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version))
        {
            Keep(
                _version.Of(
                    ("id", fields.GetValueOrDefault("ID", "")), ("id_like", fields.GetValueOrDefault("ID_LIKE", "")),
                    ("name", fields.GetValueOrDefault("NAME", ""))),
                version);
        }
    }

    /// <summary>Lines <c>KEY=value</c>, the value in quotes or not.</summary>
    private static Dictionary<string, string> Parse(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                fields[line[..equals].Trim()] = line[(equals + 1)..].Trim().Trim('"', '\'');
            }
        }

        return fields;
    }

    /// <summary>Kernels before 6.1 do not tell their architecture in procfs.</summary>
    private static string Machine() => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "x86_64",
        Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };
}
