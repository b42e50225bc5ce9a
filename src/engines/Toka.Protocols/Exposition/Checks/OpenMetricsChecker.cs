using System.Text;
using Toka.Core.Labels;

namespace Toka.Protocols.Exposition.Checks;

/// <summary>
/// Says whether a whole exposition keeps every rule of OpenMetrics 1.0 text: not only its lines, but what they say together.
/// Names in quotes, which OpenMetrics 1.0 with <c>escaping=allow-utf-8</c> has, are taken. Source: OpenMetrics 1.0.
/// </summary>
public sealed partial class OpenMetricsChecker
{
    private readonly ExpositionReport _report = new();
    private readonly LabelSetBuilder _builder = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly bool _isLinting;
    private CheckedFamily? _family;

    private OpenMetricsChecker(bool isLinting) => _isLinting = isLinting;

    /// <summary>Checks an exposition.</summary>
    /// <param name="body">All of it.</param>
    /// <param name="isLinting">Whether good practice is looked at too.</param>
    /// <param name="limits">What lines may have; the defaults where it is null.</param>
    public static ExpositionReport Check(ReadOnlySpan<byte> body, bool isLinting = false, ExpositionLimits? limits = null)
    {
        var checker = new OpenMetricsChecker(isLinting);
        var reader = new ExpositionTextReader(body, isOpenMetrics: true, limits);
        while (reader.Next())
        {
            switch (reader.Entry)
            {
                case ExpositionEntry.Fault:
                    checker._report.AddFault(reader.Fault);
                    break;
                case ExpositionEntry.Sample or ExpositionEntry.Created:
                    checker.CheckSample(ref reader);
                    break;
                case ExpositionEntry.Type or ExpositionEntry.Help or ExpositionEntry.Unit:
                    checker.Describe(ref reader);
                    break;
            }
        }

        checker.Close();
        checker._report.Sort();
        return checker._report;
    }

    private void Describe(ref ExpositionTextReader reader)
    {
        var name = Encoding.UTF8.GetString(reader.Family);
        if (_family?.Name != name)
        {
            Open(name, reader.Line);
        }

        var family = _family!;
        if (family.HasSamples)
        {
            _report.AddFault(reader.Line, 1, $"{name} is described after its samples; write HELP, TYPE and UNIT before them");
        }

        var isRepeated = reader.Entry switch
        {
            ExpositionEntry.Type => family.DeclaredType is not null,
            ExpositionEntry.Help => family.HasHelp,
            _ => family.Unit is not null,
        };
        if (isRepeated)
        {
            _report.AddFault(reader.Line, 1, $"{name} has its {(reader.Entry == ExpositionEntry.Type ? "TYPE" : reader.Entry == ExpositionEntry.Help ? "HELP" : "UNIT")} twice; leave one of them out");
        }

        switch (reader.Entry)
        {
            case ExpositionEntry.Type:
                family.DeclaredType = family.HasSamples ? family.DeclaredType : reader.Type;
                break;
            case ExpositionEntry.Help:
                (family.HasHelp, family.IsHelpEmpty) = (true, reader.Text.IsEmpty);
                break;
            default:
                family.Unit = Encoding.UTF8.GetString(reader.Text);
                break;
        }

        if (reader.Entry != ExpositionEntry.Help)
        {
            CheckUnit(family, reader.Line);
        }
    }

    private void CheckUnit(CheckedFamily family, int line)
    {
        if (string.IsNullOrEmpty(family.Unit))
        {
            return;
        }

        if (family.Unit.AsSpan().IndexOfAny(' ', '\t') >= 0)
        {
            _report.AddFault(line, 1, $"the unit of {family.Name} has a blank in or after it; leave it out");
        }
        else if (!family.Name.EndsWith("_" + family.Unit, StringComparison.Ordinal))
        {
            _report.AddFault(line, 1, $"{family.Name} has the unit {FaultText.Shown(Encoding.UTF8.GetBytes(family.Unit))}, which its name does not end in; name it {family.Name}_{family.Unit}");
        }
        else if (family.Type is ExpositionType.Info or ExpositionType.StateSet)
        {
            _report.AddFault(line, 1, $"{family.Name} is of a type without units; leave UNIT out");
        }
    }

    private void Open(string name, int line)
    {
        Close();
        _family = new CheckedFamily(name, line);
        BeginGroups();
    }

    /// <summary>Ends the current family: whether its names are its own can be said once its type is known.</summary>
    private void Close()
    {
        if (_family is not { } family)
        {
            return;
        }

        FinishPoint();
        _family = null;
        _report.Families++;
        var clash = _names.Contains(family.Name) ? family.Name : null;
        foreach (var suffix in CheckedFamily.SuffixesOf(family.Type))
        {
            clash ??= _names.Contains(family.Name + suffix) ? family.Name + suffix : null;
        }

        _names.Add(family.Name);
        foreach (var suffix in CheckedFamily.SuffixesOf(family.Type))
        {
            _names.Add(family.Name + suffix);
        }

        if (clash is not null)
        {
            _report.AddFault(family.Line, 1, $"the name {clash} of the family {family.Name} was used before; write all lines of a family in one place, and give other families other names");
        }

        if (_isLinting)
        {
            MetricLint.Check(family, isOpenMetrics: true, _report);
        }
    }
}
