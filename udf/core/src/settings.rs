//! Settings that a user gives to a component by name.

/// One setting, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, such as `threshold`.
    pub name: String,
    /// Its value as text.
    pub value: String,
}

impl Setting {
    /// The value as a whole number from `min` to `max`.
    ///
    /// # Errors
    /// A sentence that names the setting, what was given and what is allowed.
    pub fn whole(&self, min: u64, max: u64) -> Result<u64, String> {
        let number = self.value.trim().parse::<u64>().ok().filter(|n| (min..=max).contains(n));
        number.ok_or_else(|| {
            format!(
                "setting {} is {:?}, expected a whole number from {min} to {max}",
                self.name, self.value
            )
        })
    }
}

/// The sentence for a setting that a component does not have.
#[must_use]
pub fn unknown(component: &str, setting: &Setting, known: &[&str]) -> String {
    let known = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    };
    format!("{component} has no setting {:?}; {known}", setting.name)
}
