namespace Toka.Core.Labels.Relabelling;

/// <summary>What a rule of relabelling does. The names are those of Prometheus, in lower case without separators.</summary>
public enum RelabelAction
{
    /// <summary>Sets <c>target_label</c> to <c>replacement</c> where the source matches.</summary>
    Replace,

    /// <summary>Keeps what the source matches, and drops the rest.</summary>
    Keep,

    /// <summary>Drops what the source matches.</summary>
    Drop,

    /// <summary>Keeps what has the source as the value of <c>target_label</c>.</summary>
    KeepEqual,

    /// <summary>Drops what has the source as the value of <c>target_label</c>.</summary>
    DropEqual,

    /// <summary>Sets <c>target_label</c> to a hash of the source modulo <c>modulus</c>.</summary>
    HashMod,

    /// <summary>Copies every label whose name matches to the name that <c>replacement</c> gives.</summary>
    LabelMap,

    /// <summary>Removes every label whose name matches.</summary>
    LabelDrop,

    /// <summary>Removes every label whose name does not match.</summary>
    LabelKeep,

    /// <summary>Sets <c>target_label</c> to the source in lower case.</summary>
    Lowercase,

    /// <summary>Sets <c>target_label</c> to the source in upper case.</summary>
    Uppercase,
}
