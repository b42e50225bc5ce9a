using System.Text;
using Toka.Monitoring.Collection;

namespace Toka.Monitoring.Host;

/// <summary>A key of a control group's file.</summary>
/// <param name="Name">The key; empty where the file is one number.</param>
/// <param name="Series">What it becomes; null where it is only needed for something else.</param>
/// <param name="Scale">What one of it is in the series' unit.</param>
internal readonly record struct CgroupKey(string Name, Series? Series, double Scale);

/// <summary>How a control group's file is understood: one number, a line of numbers, or lines of a key and a number.</summary>
internal sealed class CgroupTable
{
    /// <summary>Limits at or above this are version 1's way to say that there is none: the largest multiple of a page.</summary>
    private const double NoLimitFrom = 9e18;

    private readonly (byte[] Name, Series? Series, double Scale)[] _keys;
    private readonly double?[] _last;

    /// <summary>Lines of a key and a number, or one number where the only key is empty.</summary>
    public CgroupTable(params ReadOnlySpan<CgroupKey> keys)
    {
        _keys = new (byte[], Series?, double)[keys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            _keys[i] = (Encoding.UTF8.GetBytes(keys[i].Name), keys[i].Series, keys[i].Scale);
        }

        _last = new double?[_keys.Length];
    }

    /// <summary>One line of two numbers in this order.</summary>
    public static CgroupTable Line(Series first, Series second) => new(new CgroupKey("", first, 1), new CgroupKey("", second, 1));

    /// <summary>The value that the last read found, before scaling; null where it found none.</summary>
    public double? Last(int key) => _last[key];

    /// <summary>Forgets the last read.</summary>
    public void Forget() => Array.Clear(_last);

    /// <summary>Understands a file.</summary>
    /// <returns>False where it is not of the form.</returns>
    public bool TryCollect(ReadOnlySpan<byte> text, SampleSink sink)
    {
        var isGood = true;
        while (Fields.TryLine(ref text, out var line))
        {
            if (_keys[0].Name.Length == 0)
            {
                for (var i = 0; i < _keys.Length; i++)
                {
                    isGood &= Fields.TryWord(ref line, out var word) && TryTake(i, word, sink);
                }

                return isGood;
            }

            if (!Fields.TryWord(ref line, out var name))
            {
                continue;
            }

            for (var i = 0; i < _keys.Length; i++)
            {
                if (name.SequenceEqual(_keys[i].Name))
                {
                    isGood &= Fields.TryWord(ref line, out var word) && TryTake(i, word, sink);
                    break;
                }
            }
        }

        return isGood;
    }

    private bool TryTake(int key, ReadOnlySpan<byte> word, SampleSink sink)
    {
        var (_, series, scale) = _keys[key];
        var isQuota = series?.Family.Name == "container_spec_cpu_quota";
        if (!word.SequenceEqual("max"u8))
        {
            if (!Fields.TryParse(word, out var value))
            {
                return false;
            }

            _last[key] = value < 0 || value >= NoLimitFrom ? 0 : value;
        }
        else
        {
            _last[key] = 0;
        }

        // cAdvisor's names: a limit of memory or tasks that is not there is 0, a quota that is not there is absent.
        if (series is not null && !(isQuota && _last[key] == 0))
        {
            sink.Add(series, _last[key]!.Value * scale);
        }

        return true;
    }
}

/// <summary>One file of a control group.</summary>
internal sealed class CgroupFile(SourceFile file, CgroupTable table) : IDisposable
{
    public void Collect(SampleSink sink)
    {
        table.Forget();
        if (file.TryRead(out var text) && !table.TryCollect(text, sink))
        {
            file.Malformed("is not numbers as a control group's file has them");
        }
    }

    public void Dispose() => file.Dispose();
}
