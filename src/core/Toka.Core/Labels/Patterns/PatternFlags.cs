namespace Toka.Core.Labels.Patterns;

/// <summary>What <c>(?imsU)</c> turns on.</summary>
[Flags]
internal enum PatternFlags
{
    None = 0,

    /// <summary>i: letters match either case.</summary>
    FoldCase = 1,

    /// <summary>m: ^ and $ match at lines too.</summary>
    Lines = 2,

    /// <summary>s: a dot matches the end of a line too. On from the beginning, as PromQL has it.</summary>
    DotAll = 4,

    /// <summary>U: x* and x*? change places.</summary>
    Ungreedy = 8,
}
